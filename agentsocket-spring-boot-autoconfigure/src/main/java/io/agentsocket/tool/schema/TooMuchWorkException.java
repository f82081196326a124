package io.agentsocket.tool.schema;

/**
 * A value cannot be checked with as much work as it may take. Has no stack.
 */
public final class TooMuchWorkException extends RuntimeException {

	/** Says that it cannot be told in a reasonable time whether values fit. */
	private static final String VIOLATION = "It takes too much work to check these values.";

	private static final long serialVersionUID = 1L;

	private final String rule;

	/**
	 * Create an exception.
	 * @param rule the keyword of the schema that takes the work
	 */
	public TooMuchWorkException(String rule) {
		super("It takes too much work to check a value: " + rule, null, false, false);
		this.rule = rule;
	}

	/**
	 * Add that these values cannot be checked.
	 * @param violations gets it
	 */
	public void addTo(Violations violations) {
		violations.add("", this.rule, VIOLATION);
	}

}
