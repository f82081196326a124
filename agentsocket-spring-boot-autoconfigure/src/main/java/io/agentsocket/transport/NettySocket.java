package io.agentsocket.transport;

import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * A socket of Reactor Netty. Does what Spring's session does, without the session: that
 * and its operators would stay as long as the connection, and each message would pass
 * through all of them.
 */
final class NettySocket implements Socket {

	/**
	 * A message of so many bytes is flushed by itself, so that the other side works on it
	 * while this one goes on. Smaller ones wait for the end of the event loop's turn, as
	 * a flush for each costs more than it gains.
	 */
	private static final int FLUSHED_BYTES = 512;

	private final WebsocketInbound inbound;

	private final WebsocketOutbound outbound;

	private final Executor executor = Socket.eventLoop();

	private boolean begun;

	private NettySocket(NettySession session) {
		this.inbound = session.inbound();
		this.outbound = session.outbound();
	}

	/**
	 * The socket behind a session.
	 * @param session a session
	 * @return the socket, or {@code null} if the session is of another kind
	 */
	static @Nullable NettySocket of(WebSocketSession session) {
		if (!(session instanceof NettySession present)) {
			return null;
		}
		// Takes care that messages in pieces are put together, up to the session's bound.
		present.receive();
		return new NettySocket(present);
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
		return this.outbound.sendObject(messages, (message) -> message instanceof Message whole && whole.isFlushed())
			.then();
	}

	@Override
	public Object message(Bytes bytes) {
		return new Message(Unpooled.wrappedBuffer(bytes.array(), bytes.offset(), bytes.length()),
				bytes.length() >= FLUSHED_BYTES);
	}

	@Override
	public Mono<Void> close(int code, @Nullable String reason) {
		return this.outbound.sendClose(code, reason);
	}

	@Override
	public Mono<Integer> closeCode() {
		return this.inbound.receiveCloseStatus().map(WebSocketCloseStatus::code);
	}

	/** A message that knows whether it is flushed by itself. */
	private static final class Message extends BinaryWebSocketFrame {

		private final boolean flushed;

		Message(ByteBuf content, boolean flushed) {
			super(content);
			this.flushed = flushed;
		}

		boolean isFlushed() {
			return this.flushed;
		}

	}

}
