package io.agentsocket.server.bounds;

import org.jspecify.annotations.Nullable;

/**
 * How many invocations a second may begin. Thread-safe.
 */
@FunctionalInterface
public interface InvocationRates {

	/** Everybody may begin as many as they like. */
	InvocationRates UNBOUNDED = () -> SessionRate.UNBOUNDED;

	/**
	 * Begin to count for a session.
	 * @return its counts
	 */
	SessionRate open();

	/**
	 * How many invocations a second a session may begin. Used in the loop of its peer.
	 */
	@FunctionalInterface
	interface SessionRate {

		/** No bound. */
		SessionRate UNBOUNDED = (action) -> Answer.GRANTED;

		/**
		 * Begin an invocation.
		 * @param action name of the action
		 * @return whether it may
		 */
		Answer begin(String action);

	}

	/**
	 * Whether an invocation may begin.
	 *
	 * @param reason why it may not, or {@code null} when it may
	 * @param nanos time after which it could
	 */
	record Answer(@Nullable Refusal reason, long nanos) {

		/** It may. */
		public static final Answer GRANTED = new Answer(null, 0);

	}

}
