package io.agentsocket.action;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The actions that one session may see and invoke, at any time as they are then. An
 * action that is not in the view does not exist for the session. Thread-safe.
 */
@Internal
public interface ActionView {

	/** No actions. */
	ActionView NONE = new ActionView() {

		@Override
		public @Nullable Action find(String name) {
			return null;
		}

		@Override
		public Collection<Action> actions() {
			return List.of();
		}

	};

	/**
	 * Find an action by its exact name.
	 * @param name a name, perhaps not a valid one
	 * @return the action, or {@code null}
	 */
	@Nullable Action find(String name);

	/**
	 * All actions.
	 * @return a snapshot in the order of names
	 */
	Collection<Action> actions();

	/**
	 * Text that changes when the view changes. Implements section 17.4 of
	 * {@code docs/protocol.md}.
	 * @return an opaque text of at most 32 bytes
	 */
	default String hash() {
		CatalogHash hash = new CatalogHash();
		for (Action action : actions()) {
			hash.add(CatalogHash.digest(action));
		}
		return hash.text();
	}

	/**
	 * This view and another one behind it: an action of this view hides one with the same
	 * name in the other.
	 * @param other the other view
	 * @return both
	 */
	default ActionView and(ActionView other) {
		ActionView first = this;
		return new ActionView() {

			@Override
			public @Nullable Action find(String name) {
				Action action = first.find(name);
				return (action != null) ? action : other.find(name);
			}

			@Override
			public Collection<Action> actions() {
				List<Action> actions = new ArrayList<>(first.actions());
				for (Action action : other.actions()) {
					if (first.find(action.name()) == null) {
						actions.add(action);
					}
				}
				actions.sort(Comparator.comparing(Action::name));
				return actions;
			}

			@Override
			public String hash() {
				return first.actions().isEmpty() ? other.hash() : CatalogHash.combine(first.hash(), other.hash());
			}

		};
	}

}
