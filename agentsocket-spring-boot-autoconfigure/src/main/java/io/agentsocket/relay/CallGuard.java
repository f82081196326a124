package io.agentsocket.relay;

import org.jspecify.annotations.Nullable;

/**
 * Stands before the requests to one function: it refuses them while the function fails,
 * or while too many are open. Thread-safe and not blocking.
 */
public interface CallGuard {

	/** Refuses nothing. */
	CallGuard NONE = new CallGuard() {

		@Override
		public @Nullable String tryEnter() {
			return null;
		}

		@Override
		public void leave(Result result, long nanos) {
			// Nothing is counted.
		}

	};

	/**
	 * How the guard is, for operators.
	 * @return a word such as the state of a circuit breaker, or {@code null}
	 */
	default @Nullable String state() {
		return null;
	}

	/** Outcome of a request, as far as it tells how the function is. */
	enum Result {

		/** The function has answered, also with an error of its own. */
		ANSWERED,

		/** The function, or the way to it, has failed. */
		FAILED,

		/** It tells nothing: the request was cancelled, for example. */
		UNKNOWN

	}

	/**
	 * Ask for a request.
	 * @return {@code null} when it may be made, and {@link #leave} follows; otherwise why
	 * not
	 */
	@Nullable String tryEnter();

	/**
	 * A request is over.
	 * @param result its outcome
	 * @param nanos how long it took
	 */
	void leave(Result result, long nanos);

}
