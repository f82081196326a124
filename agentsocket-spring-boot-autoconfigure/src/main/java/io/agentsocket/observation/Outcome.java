package io.agentsocket.observation;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.micrometer.common.KeyValue;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * How an invocation ended.
 *
 * @param status {@code OK} or the name of an error code; a code that is not of the
 * protocol is {@code _OTHER}, since the other side may choose any
 * @param errorType the status or the class of an exception, {@code none} without an error
 */
public record Outcome(String status, String errorType) {

	/** Value of a key in place of one that the other side has chosen. */
	public static final String OTHER = "_OTHER";

	/** It has succeeded. */
	public static final Outcome OK = new Outcome("OK", KeyValue.NONE_VALUE);

	/** It was cancelled. */
	private static final Outcome CANCELLED = of(ErrorCode.CANCELLED);

	private static final Outcome LATE = of(ErrorCode.DEADLINE_EXCEEDED);

	private static Outcome of(ErrorCode code) {
		return new Outcome(code.name(), code.name());
	}

	/** Nobody waits for the results any more. */
	static Outcome cancelled(Optional<Instant> deadline) {
		boolean late = deadline.isPresent() && !Instant.now().isBefore(deadline.get());
		return late ? LATE : CANCELLED;
	}

	/**
	 * The outcome of an error of the other side, or of one that an error resolver has
	 * chosen.
	 */
	static Outcome of(Throwable thrown) {
		Throwable error = Exceptions.unwrap(thrown);
		if (error instanceof ActionException exception) {
			ErrorCode code = exception.errorCode();
			return (code != null) ? of(code) : new Outcome(OTHER, OTHER);
		}
		ErrorCode code = (error instanceof TimeoutException) ? ErrorCode.DEADLINE_EXCEEDED : ErrorCode.INTERNAL;
		return new Outcome(code.name(), error.getClass().getName());
	}

	/**
	 * The outcome of an action that has not succeeded, from the error that its caller
	 * gets.
	 * @param thrown its exception, or {@code null}
	 * @param answered the error that the caller gets
	 */
	static Outcome answered(@Nullable Throwable thrown, ActionException answered) {
		Outcome outcome = of(answered);
		Throwable error = (thrown != null) ? Exceptions.unwrap(thrown) : null;
		return (error == null || error instanceof ActionException) ? outcome
				: new Outcome(outcome.status, error.getClass().getName());
	}

	/**
	 * The outcome of an action that has failed.
	 * @param thrown its exception
	 * @param resolved the error that the caller gets in place of it, or {@code null}
	 */
	static Outcome of(Throwable thrown, @Nullable ActionException resolved) {
		if (resolved != null) {
			return new Outcome(of(resolved).status, Exceptions.unwrap(thrown).getClass().getName());
		}
		if (Exceptions.unwrap(thrown) instanceof ActionException exception && exception.isForeign()) {
			return of(ErrorCode.INTERNAL);
		}
		return of(thrown);
	}

}
