package io.agentsocket.server;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;

/**
 * Tells agents of each action that appears, changes or goes. Thread-safe. Implements
 * section 17 of {@code docs/protocol.md}.
 */
final class CatalogChanges {

	private final LocalSessions sessions;

	CatalogChanges(LocalSessions sessions) {
		this.sessions = sessions;
	}

	/** The catalog of all sessions has changed. */
	void changed(ActionChange change) {
		for (ServerSession session : this.sessions.served()) {
			if (!session.actions().isOwn(change.name())) {
				tell(change, session);
			}
		}
	}

	/** An action of one session alone has changed. */
	void changed(ActionChange change, ServerSession session) {
		// In the loop, where it is certain who owns the session.
		session.peer().execute(() -> {
			Action own = session.actions().ownAction(change.name());
			if (session.isSatellite()) {
				session.offers().offer(change.name(), own);
			}
			else {
				tell(change, session);
				session.offers().record(change.name(), own);
			}
		});
	}

	private static void tell(ActionChange change, ServerSession session) {
		Action before = change.before();
		Action now = session.actions().find(change.name());
		if (now != null) {
			session.peer()
				.announcer()
				.announce(change.name(), ActionDescriptor.of(now).toMap(), session.actions().hash());
		}
		else if (before != null && before.isVisibleTo(session.session())) {
			session.peer().announcer().withdraw(change.name(), session.actions().hash());
		}
	}

}
