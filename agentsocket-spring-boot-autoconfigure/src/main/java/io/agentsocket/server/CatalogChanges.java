package io.agentsocket.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Tells agents of each action that appears, changes or goes. The thread that changes the
 * catalog only leaves a note with each session; what a session sees is worked out in its
 * own loop, once for all changes that have come together. Thread-safe. Implements section
 * 17 of {@code docs/protocol.md}.
 */
final class CatalogChanges {

	private static final Log logger = PrintableLog.of(CatalogChanges.class);

	/** Descriptors that are kept encoded: those of a burst of changes. */
	private static final int MAX_ENCODED = 64;

	private final LocalSessions sessions;

	/** Encoded once for all sessions with the same codec. */
	private final Map<Encoding, Bytes> encoded = new LinkedHashMap<>() {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<Encoding, Bytes> eldest) {
			return size() > MAX_ENCODED;
		}

	};

	CatalogChanges(LocalSessions sessions) {
		this.sessions = sessions;
	}

	/** The catalog of all sessions has changed. */
	void changed(ActionChange change) {
		for (ServerSession session : this.sessions.served()) {
			session.changes().add(change);
			session.peer().execute(() -> tell(session));
		}
	}

	/** An action of one session alone has changed. */
	void changed(ActionChange change, ServerSession session) {
		// In the loop, where it is certain who owns the session.
		session.peer().execute(() -> {
			Action own = session.actions().ownAction(change.name());
			if (session.isFollower()) {
				session.actionsSync().announce(change.name(), own);
			}
			else {
				tell(List.of(change), session);
				session.actionsSync().record(change.name(), own);
			}
		});
	}

	/** In the loop of a session: tell all that has changed since the last time. */
	private void tell(ServerSession session) {
		List<ActionChange> changes = new ArrayList<>();
		for (ActionChange change = session.changes().poll(); change != null; change = session.changes().poll()) {
			if (!session.actions().isOwn(change.name())) {
				changes.add(change);
			}
		}
		tell(changes, session);
	}

	private void tell(List<ActionChange> changes, ServerSession session) {
		List<Told> told = new ArrayList<>();
		for (ActionChange change : changes) {
			try {
				Told one = told(change, session);
				if (one != null) {
					told.add(one);
				}
			}
			catch (RuntimeException ex) {
				logger.warn("Session " + session.state().id() + " is not told of the change of action '" + change.name()
						+ "'", ex);
			}
		}
		for (int i = 0; i < told.size(); i++) {
			// The hash is that after all of them: to work it out takes a look at each
			// action.
			String hash = (i == told.size() - 1) ? session.actions().hash() : null;
			Told one = told.get(i);
			if (one.descriptor() != null) {
				session.peer().announcer().announce(one.name(), one.descriptor(), hash);
			}
			else {
				session.peer().announcer().withdraw(one.name(), hash);
			}
		}
	}

	/**
	 * Notice of a change for a session; null if it does not concern an action that it
	 * sees.
	 */
	private @Nullable Told told(ActionChange change, ServerSession session) {
		Action before = change.before();
		Action now = session.actions().find(change.name());
		if (now != null) {
			return new Told(change.name(), descriptor(now, session.peer().codec()));
		}
		return (before != null && session.actions().isVisible(before)) ? new Told(change.name(), null) : null;
	}

	private Bytes descriptor(Action action, Codec codec) {
		Encoding key = new Encoding(action, codec.name());
		synchronized (this.encoded) {
			Bytes known = this.encoded.get(key);
			if (known == null) {
				known = codec.encode(ActionDescriptor.of(action).toMap());
				this.encoded.put(key, known);
			}
			return known;
		}
	}

	private record Encoding(Action action, String codec) {
	}

	private record Told(String name, @Nullable Bytes descriptor) {
	}

}
