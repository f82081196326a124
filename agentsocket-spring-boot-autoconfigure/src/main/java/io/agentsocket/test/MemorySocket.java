package io.agentsocket.test;

import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.SocketClose;
import io.agentsocket.transport.TransportListener;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * An end of a WebSocket that goes through memory. Messages arrive in order and one at a
 * time on a thread of Reactor's, as they would on an event loop. Thread-safe.
 */
final class MemorySocket implements Socket {

	private final Sinks.Many<Object> received = Sinks.many().unicast().onBackpressureBuffer();

	private final Sinks.One<SocketClose> closed = Sinks.one();

	/** Both directions are over at once, and messages on their way are lost. */
	private final Sinks.Empty<Void> cut = Sinks.empty();

	private volatile MemorySocket other = this;

	private MemorySocket() {
	}

	/**
	 * Create the two ends of a socket.
	 * @return the end of the agent; {@link #other()} is that of the server
	 */
	static MemorySocket connected() {
		MemorySocket agent = new MemorySocket();
		MemorySocket server = new MemorySocket();
		agent.other = server;
		server.other = agent;
		return agent;
	}

	MemorySocket other() {
		return this.other;
	}

	@Override
	public Executor executor() {
		return Schedulers.parallel()::schedule;
	}

	@Override
	public Flux<?> receive() {
		return this.received.asFlux().publishOn(Schedulers.parallel()).takeUntilOther(this.cut.asMono());
	}

	@Override
	public void read(Object message, TransportListener listener) {
		listener.message((Bytes) message);
	}

	@Override
	public Mono<Void> send(Publisher<Object> messages) {
		return Flux.from(messages).takeUntilOther(this.cut.asMono()).doOnNext(this.other::deliver).then();
	}

	private synchronized void deliver(Object message) {
		// A closed socket takes no messages, like one of the network.
		this.received.tryEmitNext(message);
	}

	@Override
	public Object message(Bytes bytes) {
		return bytes;
	}

	@Override
	public void onClose(Runnable told) {
		// The received messages end when the peer closes, and nothing is known before.
	}

	@Override
	public Mono<Void> close(int code, @Nullable String reason) {
		return Mono.fromRunnable(() -> {
			SocketClose close = SocketClose.of(code, reason);
			end(close);
			this.other.end(close);
		});
	}

	private synchronized void end(SocketClose close) {
		this.closed.tryEmitValue(close);
		this.received.tryEmitComplete();
	}

	@Override
	public Mono<SocketClose> closing() {
		return this.closed.asMono();
	}

	/** Break the connection, without a close frame. */
	@Override
	public void abort() {
		broken();
		this.other.broken();
	}

	private void broken() {
		this.closed.tryEmitEmpty();
		this.cut.tryEmitEmpty();
	}

}
