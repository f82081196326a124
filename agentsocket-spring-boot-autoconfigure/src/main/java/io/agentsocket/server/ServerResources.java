package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.session.Identities;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import reactor.core.scheduler.Scheduler;

/**
 * Resources that all parts of a server share.
 *
 * @param settings how it treats its connections
 * @param store where the hot state of sessions lives
 * @param attributes where attributes of sessions live
 * @param identities knows the principals of a security framework
 * @param bounds bounds of all sessions together, and their use
 * @param timer runs tasks that do not block
 */
record ServerResources(ServerSettings settings, SessionStore store, SessionAttributes attributes, Identities identities,
		PodBounds bounds, Scheduler timer) {

	/**
	 * Shortest time that a shared store keeps a session with a connection: it is renewed
	 * four times within it, which must neither be work without a pause nor be late.
	 */
	private static final Duration LEAST = Duration.ofSeconds(2);

	/** How long the store keeps a session whose owner does not renew it. */
	Duration ttl() {
		Duration detached = this.settings.idleTimeout();
		if (!this.store.isShared()) {
			return this.settings.maxSessionAge().plus(detached);
		}
		Duration ttl = detached.plus(detached.dividedBy(3));
		return (ttl.compareTo(LEAST) > 0) ? ttl : LEAST;
	}

}
