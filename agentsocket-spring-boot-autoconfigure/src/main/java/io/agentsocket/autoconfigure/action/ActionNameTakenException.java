package io.agentsocket.autoconfigure.action;

/**
 * An {@code Action} bean has the name of another action.
 */
final class ActionNameTakenException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String name;

	ActionNameTakenException(String name) {
		super("There are two actions with the name '" + name + "'");
		this.name = name;
	}

	String name() {
		return this.name;
	}

}
