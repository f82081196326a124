package io.agentsocket.tool;

import com.networknt.schema.SchemaException;

/**
 * A value cannot be checked with as much work as it may take. Has no stack. Any other
 * exception than one of its own is an error in the log of the library that checks, once
 * for each such value.
 */
final class TooMuchWorkException extends SchemaException {

	private static final long serialVersionUID = 1L;

	private final String rule;

	/**
	 * Create an exception.
	 * @param rule the keyword of the schema
	 */
	TooMuchWorkException(String rule) {
		super("It takes too much work to check a value: " + rule);
		this.rule = rule;
	}

	@Override
	public Throwable fillInStackTrace() {
		return this;
	}

	/** The keyword of the schema that takes the work. */
	String rule() {
		return this.rule;
	}

}
