package io.agentsocket.relay;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;

/**
 * The actions of one function, as the pod offers them. Thread-safe.
 */
final class RelayedActions implements Announcements {

	/** Actions that the function may announce in one session. */
	private static final int MAX_ANNOUNCED = 256;

	private final FunctionRelay relay;

	private final ActionCatalog catalog;

	/**
	 * Create actions.
	 * @param catalog the actions that the pod offers to all sessions
	 */
	RelayedActions(FunctionRelay relay, ActionCatalog catalog) {
		this.relay = relay;
		this.catalog = catalog;
	}

	/** The action of the pod that stands for one of the function. */
	Action action(RelayedAction action) {
		return action.descriptor().toAction(new RelayHandler(this.relay, action, this));
	}

	/** Whether an action is one of this function. */
	boolean isOwn(Action action) {
		return action.handler() instanceof RelayHandler handler && handler.relay() == this.relay;
	}

	@Override
	public void check(ActionCatalog session, List<Map<String, Object>> descriptors) {
		Set<String> added = new HashSet<>();
		for (Map<String, Object> descriptor : descriptors) {
			String name = Described.action(descriptor, this.relay.settings()).descriptor().name();
			Action known = session.find(name);
			Action shared = this.catalog.find(name);
			if (known != null && !isOwn(known) || shared != null && !isOwn(shared)) {
				throw FunctionFailure.malformed("The action " + name + " belongs to somebody else");
			}
			if (known == null) {
				added.add(name);
			}
		}
		if (!added.isEmpty() && session.actions().stream().filter(this::isOwn).count() + added.size() > MAX_ANNOUNCED) {
			throw FunctionFailure
				.malformed("The function announces more than " + MAX_ANNOUNCED + " actions in one session");
		}
	}

	@Override
	public void announce(ActionCatalog session, Map<String, Object> descriptor) {
		check(session, List.of(descriptor));
		session.replace(action(Described.action(descriptor, this.relay.settings())));
	}

	@Override
	public void withdraw(ActionCatalog session, String name) {
		Action known = session.find(name);
		if (known != null && isOwn(known)) {
			session.remove(name);
		}
	}

}
