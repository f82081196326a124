package io.agentsocket.transport;

import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A WebSocket as a {@link WebSocketTransport} needs it, of whichever library.
 */
public interface Socket {

	/**
	 * The event loop of this thread.
	 */
	Executor executor();

	/**
	 * Whether this thread may do the work of {@link #executor()}.
	 * @return {@code true} on the event loop
	 */
	default boolean inLoop() {
		return EventLoops.isOn(executor());
	}

	/**
	 * Received messages, as the library has them; may be subscribed to once. An item is
	 * valid only while it is emitted.
	 */
	Flux<?> receive();

	/**
	 * Take an item of {@link #receive()}: binary or text, all others mean nothing.
	 */
	void read(Object received, TransportListener listener);

	/**
	 * Send messages, each of which {@link #message(Bytes)} has made.
	 * @return completes when all are sent
	 */
	Mono<Void> send(Publisher<Object> messages);

	/** A binary message as the library has it. */
	Object message(Bytes bytes);

	/**
	 * Set the task for when the peer begins to close, on the event loop and before the
	 * socket is closed; not every library tells.
	 */
	void onClose(Runnable told);

	/** Send a close frame and close. */
	Mono<Void> close(int code, @Nullable String reason);

	/** How the socket was closed, empty when it broke. */
	Mono<SocketClose> closing();

	/**
	 * The rule that a peer has broken, when {@link #receive()} fails because of it.
	 * @param failure the failure
	 * @return the failure with its close code, or {@code null} for any other one
	 */
	default @Nullable FrameException violation(Throwable failure) {
		return (failure instanceof FrameException violation) ? violation : null;
	}

	/**
	 * Close at once, whatever the peer has not taken yet: without a close frame, and as
	 * far as the library can. Called on the event loop.
	 */
	void abort();

}
