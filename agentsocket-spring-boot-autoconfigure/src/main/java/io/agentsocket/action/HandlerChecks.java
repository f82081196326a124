package io.agentsocket.action;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The checks that a handler makes by itself, as far as it is known while its action is
 * built. Not thread-safe.
 */
final class HandlerChecks {

	/** The schema of arguments of which nothing is known. */
	static final Map<String, Object> ANY_INPUT = Map.of("type", "object");

	/** The handler that makes them; {@code null} for the one to come. */
	private final @Nullable ActionHandler handler;

	private boolean arguments;

	private boolean items;

	/** No checks. */
	HandlerChecks() {
		this.handler = null;
	}

	/**
	 * The checks of an action that is copied.
	 * @param left the checks that it leaves for others
	 * @param handler its handler
	 */
	HandlerChecks(InputCheck left, ActionHandler handler) {
		this.handler = handler;
		this.arguments = left.byHandler();
		this.items = !left.items();
	}

	/** Whether the handler checks the arguments. */
	void arguments(boolean checked) {
		this.arguments = checked;
	}

	/** Whether the handler checks items as well, if it checks the arguments. */
	void items(boolean checked) {
		this.items = checked;
	}

	/**
	 * The checks that are left for others.
	 * @param schemas schemas of the action
	 * @param runs the handler of the action: another one has not promised to check
	 * anything
	 */
	InputCheck of(ActionSchemas schemas, ActionHandler runs) {
		boolean byHandler = this.arguments && (this.handler == null || this.handler == runs);
		return new InputCheck(!byHandler && !schemas.input().get().equals(ANY_INPUT), byHandler,
				schemas.items() != null && !(byHandler && this.items));
	}

}
