package io.agentsocket.relay.answer;

import java.time.Duration;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A request to a function that did not end well, with the error that the agent sees if
 * nothing else helps. Has no stack.
 */
public final class FunctionFailure extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** Time in which calls end, and sessions that hold too much are closed. */
	private static final Duration NO_ROOM = Duration.ofSeconds(2);

	/** Stages at which a request fails, as far as retries tell them apart. */
	public enum Kind {

		/** There was no connection: certainly not run. */
		CONNECT,

		/** The breaker or the bulkhead has refused it: certainly not run. */
		GUARD,

		/** The connection broke before the answer began. */
		RESET,

		/** The function is busy (429, 503): certainly not run. */
		BUSY,

		/** A gateway before the function has failed (502, 504). */
		GATEWAY,

		/** No answer began in time. */
		FIRST_BYTE,

		/** The state is stale (409): not run. */
		STALE,

		/** The answer broke off, or is no answer, or came too late. */
		ANSWER,

		/** The pod has no room for the answer. */
		ROOM,

		/** The function has answered with an error of its own. */
		OWN;

		/** Whether the function may go on although its answer did not come. */
		public boolean isInterruption() {
			return this == RESET || this == GATEWAY || this == FIRST_BYTE;
		}

	}

	private final Kind kind;

	private final ActionException error;

	private final @Nullable Duration retryAfter;

	public FunctionFailure(Kind kind, ActionException error) {
		this(kind, error, null);
	}

	public FunctionFailure(Kind kind, ActionException error, @Nullable Duration retryAfter) {
		super(kind + ": " + error.text(), error.getCause(), false, false);
		this.kind = kind;
		this.error = error;
		this.retryAfter = retryAfter;
	}

	/** An answer that breaks a rule of the function protocol. */
	public static FunctionFailure malformed(String rule) {
		return new FunctionFailure(Kind.ANSWER,
				new ActionException(ErrorCode.INTERNAL, "The function has not answered as it should")
					.withCause(new BrokenRule(rule)));
	}

	/** A request that was not sent, as there is no connection. */
	public static FunctionFailure unconnected(Throwable cause) {
		return new FunctionFailure(Kind.CONNECT,
				new ActionException(ErrorCode.UNAVAILABLE, "The function is not available").retryable()
					.withCause(cause)
					.notRun());
	}

	/** An answer that has no end. */
	public static FunctionFailure cutOff(@Nullable Throwable cause) {
		ActionException error = new ActionException(ErrorCode.LOST, "The answer of the function was cut off")
			.mayHaveRun();
		return new FunctionFailure(Kind.ANSWER, (cause != null) ? error.withCause(cause) : error);
	}

	public static FunctionFailure tooLarge() {
		return new FunctionFailure(Kind.ANSWER,
				new ActionException(ErrorCode.TOO_LARGE, "An item of the function exceeds the limit"));
	}

	/** The function has done its work, and the pod cannot hold what it has answered. */
	static FunctionFailure noRoom() {
		return new FunctionFailure(Kind.ROOM,
				new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "There is no room for the answer")
					.retryableAfter(NO_ROOM)
					.mayHaveRun());
	}

	public static FunctionFailure late(Kind kind, String rule) {
		return new FunctionFailure(kind,
				new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The function has not answered in time").mayHaveRun()
					.withCause(new BrokenRule(rule)));
	}

	public Kind kind() {
		return this.kind;
	}

	/** The error for the agent. */
	public ActionException error() {
		return this.error;
	}

	/** How long the function wants to be left alone; null when it has not said. */
	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	/** The reason for the log. */
	public String reason() {
		Throwable cause = this.error.getCause();
		return (cause != null) ? String.valueOf(cause.getMessage()) : this.error.text();
	}

	/** Names a rule that an answer breaks, for the log. */
	public static final class BrokenRule extends RuntimeException {

		private static final long serialVersionUID = 1L;

		public BrokenRule(String rule) {
			super(rule, null, false, false);
		}

	}

}
