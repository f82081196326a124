package io.agentsocket.server;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionView;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * Actions that the agent of a session sees: the actions of this session only, then those
 * that are offered to all. An action of the session runs in the pod that made it: the pod
 * that owns the session has a mark in its place. The session's own catalog is made when
 * it is first needed. Thread-safe.
 */
final class SessionActions implements ActionView {

	private final AgentSession session;

	private final ActionCatalog catalog;

	private final ActionView shared;

	private final Consumer<ActionChange> listener;

	private volatile @Nullable ActionCatalog own;

	SessionActions(AgentSession session, ActionCatalog catalog, Consumer<ActionChange> listener) {
		this.session = session;
		this.catalog = catalog;
		this.shared = catalog.viewFor(session);
		this.listener = listener;
	}

	ActionCatalog own() {
		return own(List.of());
	}

	private synchronized ActionCatalog own(Collection<Action> first) {
		ActionCatalog present = this.own;
		if (present == null) {
			present = new ActionCatalog();
			present.addAll(first);
			present.onChange(this.listener);
			this.own = present;
		}
		return present;
	}

	/** Whether the session has an action of its own with a name. */
	boolean isOwn(String name) {
		return ownAction(name) != null;
	}

	/** An action of the session alone; null when there is none with this name. */
	@Nullable Action ownAction(String name) {
		ActionCatalog present = this.own;
		return (present != null) ? present.find(name) : null;
	}

	private List<Action> ownActions() {
		ActionCatalog present = this.own;
		return (present != null) ? present.actions() : List.of();
	}

	/**
	 * Go on with the actions that other peers of the session have, of which the agent
	 * knows.
	 * @param offers descriptors, with the names of the peers
	 */
	void restore(Map<ActionDescriptor, String> offers) {
		Map<String, Action> actions = new HashMap<>();
		offers.forEach((descriptor, executor) -> actions.put(descriptor.name(),
				descriptor.toAction(new RemoteAction(executor))));
		if (!actions.isEmpty()) {
			ActionCatalog catalog = own(actions.values());
			// Somebody was faster: the agent is told once more.
			actions.values().stream().filter((action) -> catalog.find(action.name()) == null).forEach(catalog::replace);
		}
	}

	/** Another peer of the session has an action. */
	void offered(String executor, ActionDescriptor descriptor) {
		own().replace(descriptor.toAction(new RemoteAction(executor)));
	}

	/** A peer has an action no longer. */
	void withdrawn(String executor, String name) {
		if (executor.equals(executorOf(ownAction(name)))) {
			own().remove(name);
		}
	}

	/** A peer of the session is gone. */
	void executorGone(String executor) {
		for (Action action : ownActions()) {
			withdrawn(executor, action.name());
		}
	}

	/** The actions that this process has end here, and the marks of the others stay. */
	void removeLocal() {
		for (Action action : ownActions()) {
			if (executorOf(action) == null) {
				own().remove(action.name());
			}
		}
	}

	/** Whether this process has actions of the session. */
	boolean hasLocal() {
		return ownActions().stream().anyMatch((action) -> executorOf(action) == null);
	}

	/** The peers that have actions of the session. */
	Set<String> executors() {
		return ownActions().stream()
			.map(SessionActions::executorOf)
			.filter((executor) -> executor != null)
			.collect(Collectors.toSet());
	}

	/** The peer that has an action; null for this one. */
	static @Nullable String executorOf(@Nullable Action action) {
		return (action != null && action.handler() instanceof RemoteAction elsewhere) ? elsewhere.executor() : null;
	}

	@Override
	public @Nullable Action find(String name) {
		Action action = ownAction(name);
		return (action != null && action.isVisibleTo(this.session)) ? action : this.shared.find(name);
	}

	/** Whether there is an action that the session may not see. */
	boolean isHidden(String name) {
		return find(name) == null && (ownAction(name) != null || this.catalog.find(name) != null);
	}

	/** The names of all actions that the session sees. */
	Set<String> names() {
		return actions().stream().map(Action::name).collect(Collectors.toCollection(LinkedHashSet::new));
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
