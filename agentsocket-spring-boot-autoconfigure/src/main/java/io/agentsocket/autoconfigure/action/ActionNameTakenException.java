package io.agentsocket.autoconfigure.action;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code Action} beans have the names of other actions.
 */
final class ActionNameTakenException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final List<String> names;

	/**
	 * Create an exception.
	 * @param names all names that several actions have
	 */
	ActionNameTakenException(Collection<String> names) {
		super("There are several actions with the name " + quoted(names, " and several with the name "));
		this.names = List.copyOf(names);
	}

	private static String quoted(Collection<String> names, String delimiter) {
		return names.stream().map((name) -> "'" + name + "'").collect(Collectors.joining(delimiter));
	}

	/** The names, as a sentence lists them. */
	String names() {
		return quoted(this.names, ", ");
	}

}
