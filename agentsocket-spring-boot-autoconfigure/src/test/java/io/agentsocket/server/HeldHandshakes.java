package io.agentsocket.server;

import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Keeps back the sessions that handshakes lead to, which have said WELCOME, as a thread
 * of the store that comes late does.
 */
final class HeldHandshakes implements AutoCloseable {

	private static final String KEY = HeldHandshakes.class.getName();

	private final Sinks.Empty<Void> end = Sinks.empty();

	/** Keep back the sessions of all handshakes from now on. */
	void hold() {
		Hooks.onLastOperator(KEY,
				(last) -> (last instanceof Mono<Object> mono) ? mono.delayUntil(this::untilTheEnd) : last);
	}

	private Mono<Void> untilTheEnd(Object value) {
		return (value instanceof ServerSession) ? this.end.asMono() : Mono.empty();
	}

	/** Let all go on. */
	@Override
	public void close() {
		Hooks.resetOnLastOperator(KEY);
		this.end.tryEmitEmpty();
	}

}
