package io.agentsocket.codec.declared;

/**
 * How exactly a value that the other side has sent must fit its type. It depends on whose
 * schema the value follows.
 */
public enum Strictness {

	/**
	 * The other side tells it in terms of its own: a result, an event. Properties that
	 * are declared not to be {@code null} must be there; others may be {@code null} or
	 * missing, and there may be more of them.
	 */
	DECLARED,

	/**
	 * This side has asked for it: arguments, an answer. Each component of a record must
	 * be there, unless it is declared to be optional, and so must each element.
	 */
	REQUIRED,

	/**
	 * As {@link #REQUIRED}, and there must be no other properties: this side has
	 * published a schema that says so.
	 */
	CLOSED

}
