package io.agentsocket.relay;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A function as an operator of this pod sees it. No secret, header or argument is part of
 * it.
 *
 * @param name its name
 * @param url the origin to which its requests go: paths and queries of functions have
 * keys
 * @param actions names of its actions that all sessions see
 * @param open requests that it has not answered yet
 * @param waiting calls that wait for a free instance
 * @param answered requests that it has answered, with an error of its own, too
 * @param failed requests that came to nothing
 * @param refused requests that the guard has refused
 * @param guard state of the guard, such as that of a circuit breaker, or {@code null}
 * without one
 * @param lastFailure the latest failure, or {@code null}
 */
public record FunctionReport(String name, String url, List<String> actions, int open, int waiting, long answered,
		long failed, long refused, @Nullable String guard, @Nullable Failure lastFailure) {

	/**
	 * A request that came to nothing.
	 *
	 * @param at when it did
	 * @param action the action that was called
	 * @param kind the stage at which it failed
	 * @param reason the reason, as in the log
	 */
	public record Failure(Instant at, String action, String kind, String reason) {

	}

}
