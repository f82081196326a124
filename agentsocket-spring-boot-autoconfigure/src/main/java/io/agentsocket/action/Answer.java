package io.agentsocket.action;

import java.util.Objects;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Outcome of a question. Implements section 18 of {@code docs/protocol.md}.
 *
 * @param outcome how it ended
 * @param value the answer, {@code null} unless the outcome is {@link Outcome#ANSWER}
 * @param <T> type of the answer
 */
public record Answer<T>(Outcome outcome, @Nullable T value) {

	/**
	 * How a question ended.
	 */
	public enum Outcome {

		/** It was answered. */
		ANSWER,

		/** An answer was refused. */
		DECLINE,

		/** It was dismissed. */
		CANCEL,

		/** Nobody answered in time. */
		TIMEOUT

	}

	/**
	 * An answer.
	 * @param value its value
	 * @param <T> its type
	 * @return an answer
	 */
	public static <T> Answer<T> of(T value) {
		return new Answer<>(Outcome.ANSWER, value);
	}

	/**
	 * No answer is given.
	 * @param <T> type of the answer
	 * @return an answer without a value
	 */
	public static <T> Answer<T> declined() {
		return new Answer<>(Outcome.DECLINE, null);
	}

	/**
	 * The question was dismissed.
	 * @param <T> type of the answer
	 * @return an answer without a value
	 */
	public static <T> Answer<T> cancelled() {
		return new Answer<>(Outcome.CANCEL, null);
	}

	/**
	 * The answer, or an error that ends the asking invocation as the specification says.
	 * @return the value
	 * @throws ActionException FAILED_PRECONDITION when declined, CANCELLED when
	 * dismissed, ASK_TIMEOUT when nobody answered
	 */
	public T orElseThrow() {
		return switch (this.outcome) {
			case ANSWER -> Objects.requireNonNull(this.value, "An answer has a value");
			case DECLINE -> throw new ActionException(ErrorCode.FAILED_PRECONDITION, "The question was declined");
			case CANCEL -> throw new ActionException(ErrorCode.CANCELLED, "The question was dismissed");
			case TIMEOUT ->
				throw new ActionException(ErrorCode.ASK_TIMEOUT, "The question was not answered in time").retryable();
		};
	}

}
