package io.agentsocket.relay.push;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Finds sessions, in whichever pod they are. Thread-safe and not blocking.
 */
@FunctionalInterface
public interface ReachableSessions {

	/**
	 * Find a session.
	 * @param id id of the session
	 * @return the session, or empty when there is none (any more)
	 */
	Mono<Reached> find(String id);

	/**
	 * A session that was found.
	 */
	interface Reached {

		/** The session. */
		AgentSession session();

		/**
		 * Send an event.
		 * @param name name of the event
		 * @param payload its payload, or {@code null}
		 * @return completes when the session has it
		 */
		Mono<Void> sendEvent(String name, @Nullable Object payload);

		/**
		 * Check whether an event may be sent.
		 * @param name name of the event
		 * @param payload its payload, or {@code null}
		 * @throws RuntimeException if it may not
		 */
		void checkEvent(String name, @Nullable Object payload);

		/** Actions of this session alone. */
		ActionCatalog actions();

	}

}
