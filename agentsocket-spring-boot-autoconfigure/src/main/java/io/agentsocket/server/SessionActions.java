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
import io.agentsocket.action.ActionRestorer;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ResumableHandler;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Actions that the agent of a session sees: the actions of this session only, then those
 * that all sessions see. An action of the session runs in the pod that made it: the pod
 * that owns the session has a mark in its place. The session's own catalog is made when
 * it is first needed. Thread-safe.
 */
final class SessionActions implements ActionView {

	private static final Log logger = PrintableLog.of(SessionActions.class);

	private static final SeldomWarning HIDDEN = new SeldomWarning(logger);

	private final AgentSession session;

	private final ActionCatalog catalog;

	private final ActionView shared;

	private final RememberedVisibility visibility;

	private final Consumer<ActionChange> listener;

	private volatile @Nullable ActionCatalog own;

	SessionActions(AgentSession session, ActionCatalog catalog, List<ActionVisibility> rules,
			Consumer<ActionChange> listener) {
		this.session = session;
		this.catalog = catalog;
		this.visibility = new RememberedVisibility(rules, session);
		this.shared = this.visibility.isOpen() ? catalog.viewFor(session) : catalog.viewFor(session, this.visibility);
		this.listener = listener;
	}

	/** Bytes of the heap that answers about visibility take. */
	long held() {
		return this.visibility.held();
	}

	ActionCatalog own() {
		return ownWith(List.of());
	}

	private synchronized ActionCatalog ownWith(Collection<Action> first) {
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
	 * @param announced descriptors, with the peers
	 */
	void restore(Map<ActionDescriptor, RemoteAction> announced) {
		Map<String, Action> actions = new HashMap<>();
		announced.forEach((descriptor, remote) -> actions.put(descriptor.name(), descriptor.toAction(remote)));
		if (!actions.isEmpty()) {
			ActionCatalog catalog = ownWith(actions.values());
			// Somebody was faster: the agent is told once more.
			actions.values().stream().filter((action) -> catalog.find(action.name()) == null).forEach(catalog::replace);
		}
	}

	/** Another peer of the session has an action. */
	void announced(RemoteAction remote, ActionDescriptor descriptor) {
		own().replace(descriptor.toAction(remote));
	}

	/** A peer has an action no longer. */
	void withdrawn(String runner, String name) {
		if (runner.equals(runnerOf(ownAction(name)))) {
			own().remove(name);
		}
	}

	/**
	 * A peer of the session is gone: this pod offers the actions of which it knows
	 * enough, before anybody looks for them.
	 * @param pod name of the pod of the peer
	 */
	void runnerGone(String runner, String pod) {
		for (Action action : ownActions()) {
			if (!runner.equals(runnerOf(action)) || !isRestored(action, pod)) {
				withdrawn(runner, action.name());
			}
		}
	}

	private boolean isRestored(Action action, String pod) {
		Map<String, Object> recipe = recipeOf(action);
		return !recipe.isEmpty() && this.catalog.restore(new ActionRestorer.Offer(this.session, own()::replace,
				this::withdraw, pod, ActionDescriptor.of(action), recipe));
	}

	private void withdraw(Action action) {
		if (ownAction(action.name()) == action) {
			own().remove(action.name());
		}
	}

	/**
	 * The actions that this process alone can offer end here. The others, and the marks
	 * of those of other peers, stay.
	 */
	void removeLocal() {
		for (Action action : ownActions()) {
			if (runnerOf(action) == null && recipeOf(action).isEmpty()) {
				own().remove(action.name());
			}
		}
	}

	/** Whether this process has actions of the session. */
	boolean hasLocal() {
		return ownActions().stream().anyMatch((action) -> runnerOf(action) == null);
	}

	/** The peers that have actions of the session. */
	Set<String> runners() {
		return ownActions().stream()
			.map(SessionActions::runnerOf)
			.filter((runner) -> runner != null)
			.collect(Collectors.toSet());
	}

	/** The peer that has an action; null for this one. */
	static @Nullable String runnerOf(@Nullable Action action) {
		return (action != null && action.handler() instanceof RemoteAction elsewhere) ? elsewhere.runner() : null;
	}

	/** The recipe with which another pod can offer an action; empty when none can. */
	static Map<String, Object> recipeOf(Action action) {
		if (action.handler() instanceof RemoteAction elsewhere) {
			return elsewhere.recipe();
		}
		return (action.handler() instanceof ResumableHandler resumable) ? resumable.recipe() : Map.of();
	}

	@Override
	public @Nullable Action find(String name) {
		Action action = ownAction(name);
		return (action != null && isVisible(action)) ? action : this.shared.find(name);
	}

	/**
	 * Whether the session sees an action that is or was offered. An action of which it
	 * cannot be said is hidden, and no other one.
	 */
	boolean isVisible(Action action) {
		try {
			return action.isVisibleTo(this.session) && this.visibility.test(action);
		}
		catch (RuntimeException ex) {
			HIDDEN.error(action.name(),
					"It cannot be said whether session " + this.session.id() + " sees action " + action.name(), ex);
			return false;
		}
	}

	/** The agent was authenticated anew: ask again for all that it may see. */
	void forgetVisibility() {
		this.visibility.forget();
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
		return (present != null && any) ? present.viewFor(this.session, this.visibility).and(this.shared) : this.shared;
	}

}
