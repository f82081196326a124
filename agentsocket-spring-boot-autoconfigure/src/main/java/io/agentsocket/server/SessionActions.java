package io.agentsocket.server;

import java.util.Collection;
import java.util.function.Consumer;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionView;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of a session sees: the actions of this session only, then those that are
 * offered to all. The session's own catalog is made when it is first needed.
 */
final class SessionActions implements ActionView {

	private final AgentSession session;

	private final ActionView shared;

	private final Consumer<ActionChange> listener;

	private volatile @Nullable ActionCatalog own;

	SessionActions(AgentSession session, ActionView shared, Consumer<ActionChange> listener) {
		this.session = session;
		this.shared = shared;
		this.listener = listener;
	}

	synchronized ActionCatalog own() {
		ActionCatalog present = this.own;
		if (present == null) {
			present = new ActionCatalog();
			present.onChange(this.listener);
			this.own = present;
		}
		return present;
	}

	/** Whether the session has an action of its own with a name. */
	boolean isOwn(String name) {
		ActionCatalog present = this.own;
		return present != null && present.find(name) != null;
	}

	@Override
	public @Nullable Action find(String name) {
		ActionCatalog present = this.own;
		Action action = (present != null) ? present.find(name) : null;
		return (action != null) ? action : this.shared.find(name);
	}

	@Override
	public Collection<Action> actions() {
		return all().actions();
	}

	@Override
	public String hash() {
		return all().hash();
	}

	private ActionView all() {
		ActionCatalog present = this.own;
		boolean any = present != null && !present.actions().isEmpty();
		return (present != null && any) ? present.viewFor(this.session).and(this.shared) : this.shared;
	}

}
