package io.agentsocket.codec.declared;

import java.util.Set;

import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.exc.MismatchedInputException;

/**
 * Too many different elements of a set, or keys of maps, have the same hash.
 */
public final class SameHashException extends MismatchedInputException {

	/** Says that nobody goes on with these values. */
	public static final String TEXT = "It takes too much work to check these values.";

	private static final long serialVersionUID = 1L;

	SameHashException(DeserializationContext context, Class<?> type) {
		super(context.getParser(), TEXT, type);
	}

	/**
	 * The rule that takes the work, in the words of JSON Schema.
	 * @return a keyword
	 */
	public String rule() {
		return Set.class.isAssignableFrom(getTargetType()) ? "uniqueItems" : "propertyNames";
	}

}
