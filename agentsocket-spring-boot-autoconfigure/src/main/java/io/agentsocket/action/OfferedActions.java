package io.agentsocket.action;

import java.util.Collection;
import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Actions that one side offers in a session: the actions of a view and, beside them, the
 * protocol's own, which can be invoked but are not listed. Implements section 17 of
 * {@code docs/protocol.md}.
 */
@Internal
public final class OfferedActions implements ActionView {

	private final ActionView view;

	private final List<Action> builtIn;

	/**
	 * Create a view.
	 * @param view the actions that are listed
	 * @param builtIn the protocol's own, see {@link Discovery}
	 */
	public OfferedActions(ActionView view, List<Action> builtIn) {
		this.view = view;
		this.builtIn = List.copyOf(builtIn);
	}

	@Override
	public @Nullable Action find(String name) {
		if (name.startsWith(Names.RESERVED_PREFIX)) {
			for (Action action : this.builtIn) {
				if (action.name().equals(name)) {
					return action;
				}
			}
			return null;
		}
		return this.view.find(name);
	}

	@Override
	public Collection<Action> actions() {
		return this.view.actions();
	}

	@Override
	public String hash() {
		return this.view.hash();
	}

}
