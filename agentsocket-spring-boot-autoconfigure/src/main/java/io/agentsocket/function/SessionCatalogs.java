package io.agentsocket.function;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionView;
import org.jspecify.annotations.Nullable;

/**
 * The actions that exist for one session only, in the memory of this instance: another
 * instance does not know them and answers that there are none. Thread-safe.
 */
final class SessionCatalogs {

	/**
	 * Sessions whose actions are remembered; the one that was not used for longest goes.
	 */
	private static final int MAX_SESSIONS = 1000;

	/** Actions of one session, as many as a function may describe. */
	private static final int MAX_ACTIONS = 256;

	private final Map<String, ActionCatalog> catalogs = new LinkedHashMap<>(16, 0.75F, true) {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, ActionCatalog> eldest) {
			return size() > MAX_SESSIONS;
		}

	};

	/** The catalog of a session, made when there is none. */
	synchronized ActionCatalog of(String session) {
		return this.catalogs.computeIfAbsent(session, (id) -> new ActionCatalog(MAX_ACTIONS));
	}

	/** The actions that a session sees: its own actions, then those of all. */
	synchronized ActionView view(FunctionSession session, ActionView shared) {
		@Nullable ActionCatalog own = this.catalogs.get(session.id());
		return (own != null) ? own.viewFor(session).and(shared) : shared;
	}

}
