package io.agentsocket.tool;

/**
 * The validator refuses the constraints that a class declares. The message says why.
 */
final class UncheckableConstraintException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	UncheckableConstraintException(String message, Throwable cause) {
		super(message, cause);
	}

}
