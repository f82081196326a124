package io.agentsocket.action;

import java.security.Principal;
import java.util.HashMap;
import java.util.Map;

import io.agentsocket.session.CallSession;
import org.jspecify.annotations.Nullable;

/**
 * Shares the places in the queue of long searches: one session, and all sessions of one
 * principal, leave places to others. Thread-safe.
 */
final class SearchQuota {

	/** Places of one session: more than a model searches for at once. */
	static final int OF_SESSION = 32;

	/** All sessions of a principal have one place of so many. */
	private static final int PARTS = 4;

	private final int max;

	private final Map<Object, Integer> taken = new HashMap<>();

	private int all;

	/**
	 * Create places.
	 * @param max how many there are
	 */
	SearchQuota(int max) {
		this.max = max;
	}

	/**
	 * Take a place.
	 * @param exchange the search
	 * @return gives the place back, or {@code null} when there is none for the search
	 */
	@Nullable Runnable take(AgentExchange exchange) {
		Object session = CallSession.turnKey(exchange.session());
		Principal principal = exchange.principal();
		Object owner = (principal != null) ? new Owner(principal.getName()) : session;
		synchronized (this) {
			if (this.all >= this.max || count(session) >= OF_SESSION || count(owner) >= this.max / PARTS) {
				return null;
			}
			add(session, owner, 1);
		}
		return () -> giveBack(session, owner);
	}

	private synchronized void giveBack(Object session, Object owner) {
		add(session, owner, -1);
	}

	private void add(Object session, Object owner, int change) {
		this.all += change;
		change(session, change);
		if (!owner.equals(session)) {
			change(owner, change);
		}
	}

	private void change(Object key, int change) {
		this.taken.merge(key, change, (before, added) -> (before + added != 0) ? before + added : null);
	}

	private int count(Object key) {
		return this.taken.getOrDefault(key, 0);
	}

	/** Places that are taken. */
	synchronized int size() {
		return this.all;
	}

	/** A principal, which is no session of the same name. */
	private record Owner(String name) {
	}

}
