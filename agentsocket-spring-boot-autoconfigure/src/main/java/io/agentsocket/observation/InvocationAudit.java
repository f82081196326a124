package io.agentsocket.observation;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * An invocation that is over, for the records: the caller, the action, how it ended and
 * how long it took.
 *
 * @param direction whether the action ran here or was invoked by this side
 * @param session id of the session
 * @param principal name of the agent's principal, or {@code null} for an anonymous one
 * @param agent name that the software of the other side gives itself
 * @param action name of the action
 * @param outcome how it ended
 * @param begin when it began
 * @param duration how long it took
 * @param idempotencyKey key of the call, or {@code null}
 * @param traceparent W3C trace context that came or went with the call, or {@code null}
 * @param arguments the arguments, redacted and cut, or {@code null} when they are not
 * asked for, cannot be read, or are those of {@code as.authenticate}
 */
public record InvocationAudit(Direction direction, String session, @Nullable String principal, String agent,
		String action, Outcome outcome, Instant begin, Duration duration, @Nullable String idempotencyKey,
		@Nullable String traceparent, @Nullable Map<String, Object> arguments) {

	/**
	 * Where the action ran.
	 */
	public enum Direction {

		/** The action ran on this side. */
		RUN,

		/** This side invoked an action of the other side. */
		INVOKED

	}

}
