package io.agentsocket.tool;

/**
 * A value cannot be checked with as much work as it may take. Has no stack.
 */
final class TooMuchWorkException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String rule;

	/**
	 * Create an exception.
	 * @param rule the keyword of the schema
	 */
	TooMuchWorkException(String rule) {
		super("It takes too much work to check a value: " + rule, null, false, false);
		this.rule = rule;
	}

	/** The keyword of the schema that takes the work. */
	String rule() {
		return this.rule;
	}

}
