package io.agentsocket.event;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.agentsocket.action.StubSession;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Threads of one side: an event loop and an executor. Sends events as a connection would.
 */
final class Side implements AutoCloseable {

	private final ExecutorService loop = Executors.newSingleThreadExecutor((task) -> new Thread(task, "loop"));

	private final ExecutorService executor = Executors.newFixedThreadPool(4, (task) -> new Thread(task, "worker"));

	private final Codec codec;

	Side() {
		this(JacksonCodec.cbor());
	}

	Side(Codec codec) {
		this.codec = codec;
	}

	EventListeners.Builder listeners() {
		return EventListeners.builder().executor(this.executor);
	}

	Executor loop() {
		return this.loop;
	}

	Codec codec() {
		return this.codec;
	}

	SessionEvents sink(EventListeners listeners, String session) {
		return listeners.sinkFor(new StubSession(session), this.codec, this.loop);
	}

	void send(SessionEvents sink, String name, @Nullable Object payload) {
		sendBytes(sink, name, (payload != null) ? this.codec.encode(payload) : Bytes.EMPTY);
	}

	void sendBytes(SessionEvents sink, String name, Bytes payload) {
		this.loop.execute(() -> sink.event(name, payload));
	}

	@Override
	public void close() {
		this.loop.shutdownNow();
		this.executor.shutdownNow();
	}

}
