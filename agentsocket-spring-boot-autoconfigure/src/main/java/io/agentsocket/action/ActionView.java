package io.agentsocket.action;

import java.util.Collection;

import org.jspecify.annotations.Nullable;

/**
 * The actions that one session may see and invoke.
 */
public interface ActionView {

	/** No actions. */
	ActionView NONE = new ActionView() {

		@Override
		public @Nullable Action find(String name) {
			return null;
		}

		@Override
		public Collection<Action> actions() {
			return java.util.Collections.emptyList();
		}

	};

	/**
	 * Find an action.
	 * @param name its name
	 * @return the action, or {@code null} when it does not exist or is not visible
	 */
	@Nullable Action find(String name);

	/**
	 * All visible actions.
	 * @return a snapshot in the order of the names
	 */
	Collection<Action> actions();

}
