package io.agentsocket.relay;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.transport.RequestTiming;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the request for an invocation is sent again, and keeps the retries of a
 * function within a budget. Thread-safe. Implements section 14 of
 * {@code docs/function-protocol.md}.
 */
final class RetryRules {

	/** Retries that each request allows: ten percent. */
	private static final double SHARE = 0.1;

	/**
	 * Retries that may be saved up, so that a function with few requests has some, too.
	 */
	private static final double SAVED = 10;

	private static final long FIRST_WAIT = 50;

	/** A function that wants to be left alone for longer is not waited for. */
	private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

	private final int maxRequests;

	private double budget = SAVED;

	RetryRules(int maxRequests) {
		this.maxRequests = maxRequests;
	}

	/** A first request is made. */
	synchronized void requested() {
		this.budget = Math.min(SAVED, this.budget + SHARE);
	}

	private synchronized boolean take() {
		if (this.budget < 1) {
			return false;
		}
		this.budget--;
		return true;
	}

	/**
	 * Decide about a retry.
	 * @param failure the failure of the latest request
	 * @param attempt number of requests so far
	 * @param repeatable whether the action may run twice
	 * @param timing the latest request
	 * @param resets how often a connection was reset before
	 * @param left time that the invocation has left
	 * @return how long to wait before the next request; null for no retry
	 */
	@Nullable Duration retry(FunctionFailure failure, int attempt, boolean repeatable, RequestTiming timing, int resets,
			Duration left) {
		if (attempt >= this.maxRequests || !isWorthIt(failure, repeatable, timing, resets)) {
			return null;
		}
		Duration wait = wait(failure, attempt);
		return (wait.compareTo(LONGEST_WAIT) <= 0 && wait.compareTo(left) < 0 && take()) ? wait : null;
	}

	private static boolean isWorthIt(FunctionFailure failure, boolean repeatable, RequestTiming timing, int resets) {
		return switch (failure.kind()) {
			case CONNECT, BUSY -> true;
			case RESET -> timing.isReused() && resets == 0 && (repeatable || !timing.isWritten());
			case GATEWAY, FIRST_BYTE -> repeatable;
			case GUARD, STALE, ANSWER, ROOM, OWN -> false;
		};
	}

	private static Duration wait(FunctionFailure failure, int attempt) {
		if (failure.kind() == FunctionFailure.Kind.RESET) {
			return Duration.ZERO;
		}
		Duration asked = failure.retryAfter();
		return (asked != null) ? asked
				: Duration.ofMillis(ThreadLocalRandom.current().nextLong(FIRST_WAIT << Math.min(attempt, 6)) + 1);
	}

}
