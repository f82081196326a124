package io.agentsocket.client;

import java.time.Duration;
import java.util.function.BiFunction;

import io.agentsocket.connection.Transport;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The end of a connection on which the client has said goodbye: the server closes it when
 * the session has ended. Implements section 15.2 of {@code docs/protocol.md}.
 */
final class Farewell {

	private Farewell() {
	}

	/**
	 * Wait for the server to close, and close if it does not.
	 * @param attempt the attempt whose connection there is, if there was one
	 * @param open the connection, or {@code null} when there is no WELCOME
	 * @param patience how long the server may take, and then the socket
	 * @param timer runs a task later
	 * @return completes when the server has closed, or has taken too long
	 */
	static Mono<Void> of(@Nullable Attempt attempt, @Nullable Transport open, Duration patience,
			BiFunction<Duration, Runnable, Disposable> timer) {
		if (attempt == null) {
			return Mono.empty();
		}
		if (open == null) {
			timer.apply(patience, attempt::dispose);
			return Mono.empty();
		}
		Sinks.Empty<Void> late = Sinks.empty();
		Disposable deadline = timer.apply(patience, () -> {
			// From now on the socket has as much time again.
			open.close(1000, "");
			late.tryEmitEmpty();
		});
		return attempt.untilGone().doOnTerminate(deadline::dispose).or(late.asMono());
	}

}
