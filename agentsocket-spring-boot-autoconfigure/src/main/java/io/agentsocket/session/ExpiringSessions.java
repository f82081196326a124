package io.agentsocket.session;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.session.Session;

/**
 * Sessions by id. With each one that is added a few others are looked at, and those that
 * have expired are removed.
 */
final class ExpiringSessions extends ConcurrentHashMap<String, Session> {

	private static final long serialVersionUID = 1L;

	private static final int SWEEP = 4;

	private transient Iterator<Session> sweep = values().iterator();

	@Override
	public Session put(String id, Session session) {
		Session before = super.put(id, session);
		sweep();
		return before;
	}

	private synchronized void sweep() {
		if (!this.sweep.hasNext()) {
			this.sweep = values().iterator();
		}
		for (int i = 0; i < SWEEP && this.sweep.hasNext(); i++) {
			if (this.sweep.next().isExpired()) {
				this.sweep.remove();
			}
		}
	}

}
