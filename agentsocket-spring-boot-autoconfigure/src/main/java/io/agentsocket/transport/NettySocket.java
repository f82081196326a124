package io.agentsocket.transport;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * A socket of Reactor Netty. Does what Spring's session does, without the session: that
 * and its operators would stay as long as the connection, and each message would pass
 * through all of them.
 */
public final class NettySocket implements Socket {

	private final WebsocketInbound inbound;

	private final WebsocketOutbound outbound;

	private final Executor executor = EventLoops.current();

	private boolean begun;

	private @Nullable Runnable closing;

	private boolean peerClosed;

	/**
	 * A socket.
	 * @param inbound the received frames
	 * @param outbound the way out
	 * @param maxMessage bytes of the largest message
	 */
	public NettySocket(WebsocketInbound inbound, WebsocketOutbound outbound, int maxMessage) {
		// Messages in pieces are put together, up to the bound.
		this.inbound = inbound.aggregateFrames(maxMessage);
		this.outbound = outbound;
		// Ahead of the handler that puts messages together, which looks at their first
		// frame only.
		this.outbound.withConnection((connection) -> connection.addHandlerLast(new ControlFrames(this::peerCloses)));
	}

	/**
	 * A socket of a server, whose peer masks its frames. Called when the connection has
	 * become a WebSocket, and before anything is received.
	 * @param inbound the received frames
	 * @param outbound the way out
	 * @param maxMessage bytes of the largest message
	 * @return the socket
	 */
	public static NettySocket ofServer(WebsocketInbound inbound, WebsocketOutbound outbound, int maxMessage) {
		outbound.withConnection((connection) -> MessageUnmasking.addTo(connection.channel().pipeline()));
		return new NettySocket(inbound, outbound, maxMessage);
	}

	private void peerCloses() {
		this.peerClosed = true;
		if (this.closing != null) {
			this.closing.run();
		}
	}

	@Override
	public Executor executor() {
		return this.executor;
	}

	@Override
	public Flux<?> receive() {
		return this.inbound.receiveObject();
	}

	@Override
	public void read(Object received, TransportListener listener) {
		if (!this.begun) {
			this.begun = true;
			// The upgrade is over, and Reactor Netty keeps its request.
			this.inbound.headers().clear();
		}
		if (received instanceof BinaryWebSocketFrame frame) {
			ByteBuf content = frame.content();
			byte[] bytes = new byte[content.readableBytes()];
			content.readBytes(bytes);
			listener.message(Bytes.of(bytes));
		}
		else if (received instanceof TextWebSocketFrame) {
			listener.text();
		}
	}

	@Override
	public Mono<Void> send(Publisher<Object> messages) {
		return this.outbound
			.sendObject(messages, (message) -> message instanceof BinaryMessage binary && binary.isFlushed())
			.then();
	}

	@Override
	public Object message(Bytes bytes) {
		return new BinaryMessage(bytes);
	}

	@Override
	public void onClose(Runnable told) {
		this.closing = told;
	}

	@Override
	public @Nullable FrameException violation(Throwable failure) {
		if (failure instanceof CorruptedWebSocketFrameException corrupted) {
			// Netty closes by itself and tells nobody the code: a client would come back
			// to a message that it never takes.
			return new FrameException(corrupted.closeStatus().code(), String.valueOf(corrupted.getMessage()));
		}
		return Socket.super.violation(failure);
	}

	@Override
	public void abort() {
		this.outbound.withConnection((connection) -> {
			Channel channel = connection.channel();
			// A reset: the kernel would go on with what the peer does not take.
			channel.config().setOption(ChannelOption.SO_LINGER, 0);
			channel.unsafe().close(channel.unsafe().voidPromise());
		});
	}

	@Override
	public Mono<Void> close(int code, @Nullable String reason) {
		if (this.peerClosed || !isActive()) {
			// Reactor Netty has answered the peer's close frame, or there is nobody left
			// to send one to. It would make one, not send it, and not release it either.
			return Mono.empty();
		}
		return this.outbound.sendClose(code, reason);
	}

	private boolean isActive() {
		AtomicBoolean active = new AtomicBoolean();
		this.outbound.withConnection((connection) -> active.set(connection.channel().isActive()));
		return active.get();
	}

	@Override
	public Mono<SocketClose> closing() {
		return this.inbound.receiveCloseStatus().map((status) -> SocketClose.of(status.code(), status.reasonText()));
	}

}
