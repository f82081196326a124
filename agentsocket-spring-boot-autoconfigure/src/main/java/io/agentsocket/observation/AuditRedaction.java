package io.agentsocket.observation;

import org.jspecify.annotations.Nullable;

/**
 * Decides which values of arguments are recorded. A bean of this type replaces the
 * comparison of names with {@code agentsocket.audit.redact}.
 */
@FunctionalInterface
public interface AuditRedaction {

	/** Stands in place of a value that is not recorded. */
	String REDACTED = "***";

	/**
	 * Decide about a value. Called for each property of an object, from the outside in;
	 * nothing below a value that is replaced is looked at.
	 * @param action name of the action
	 * @param name name of the argument, or of a property of an object in it
	 * @param value its value: a text, a number, a list, a map, or {@code null}
	 * @return the value itself, or the record in its place, such as {@link #REDACTED}
	 */
	@Nullable Object redact(String action, String name, @Nullable Object value);

}
