package io.agentsocket.transport;

import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * A socket of any library that Spring knows.
 */
public final class SpringSocket implements Socket {

	private final WebSocketSession session;

	private final Executor executor = EventLoops.current();

	/**
	 * A socket.
	 * @param session the session, on whose event loop this is called
	 */
	public SpringSocket(WebSocketSession session) {
		this.session = session;
	}

	@Override
	public Executor executor() {
		return this.executor;
	}

	@Override
	public Flux<?> receive() {
		return this.session.receive();
	}

	@Override
	public void read(Object received, TransportListener listener) {
		WebSocketMessage message = (WebSocketMessage) received;
		if (message.getType() == WebSocketMessage.Type.BINARY) {
			DataBuffer payload = message.getPayload();
			byte[] bytes = new byte[payload.readableByteCount()];
			payload.read(bytes);
			listener.message(Bytes.of(bytes));
		}
		else if (message.getType() == WebSocketMessage.Type.TEXT) {
			listener.text();
		}
	}

	@Override
	public Mono<Void> send(Publisher<Object> messages) {
		return this.session.send(Flux.from(messages).cast(WebSocketMessage.class));
	}

	@Override
	public Object message(Bytes bytes) {
		return this.session.binaryMessage((factory) -> factory.wrap(bytes.exactArray()));
	}

	@Override
	public void onClose(Runnable told) {
		// The received messages complete when the peer closes, and nothing is known
		// before.
	}

	@Override
	public void abort() {
		// No session of Spring has more than this.
		this.session.close(CloseStatus.GOING_AWAY).onErrorComplete().subscribe();
	}

	@Override
	public Mono<Void> close(int code, @Nullable String reason) {
		// A socket that is closed takes no close frame, and nobody would release it.
		return this.session.isOpen() ? this.session.close(new CloseStatus(code, reason)) : Mono.empty();
	}

	@Override
	public Mono<SocketClose> closing() {
		return this.session.closeStatus().map((status) -> SocketClose.of(status.getCode(), status.getReason()));
	}

}
