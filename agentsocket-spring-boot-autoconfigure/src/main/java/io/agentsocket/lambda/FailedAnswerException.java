package io.agentsocket.lambda;

import java.io.Serial;

/**
 * An answer failed before it was whole.
 */
final class FailedAnswerException extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	FailedAnswerException(Throwable cause) {
		super("The answer is not whole: " + cause, cause);
	}

}
