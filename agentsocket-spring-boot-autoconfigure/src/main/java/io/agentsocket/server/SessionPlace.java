package io.agentsocket.server;

import io.agentsocket.session.AgentSessionListener.EndReason;
import reactor.core.publisher.Mono;

/**
 * The place of a session among those of this process. Thread-safe.
 */
interface SessionPlace {

	/** Another peer owns the session now. */
	void moved();

	/** The peer has nothing left to do for a session that others own. */
	void closed();

	/**
	 * End the session for good, here and in the store.
	 * @return fails with {@link io.agentsocket.session.FencedException} when the session
	 * goes on elsewhere
	 */
	Mono<Void> end(int closeCode, EndReason reason);

	/**
	 * End the session for good since its agent says goodbye, and close its connection
	 * then.
	 * @return fails as the store does
	 */
	Mono<Void> leave(int closeCode);

	/** End the session in this process only. */
	void drop(int closeCode, EndReason reason);

	/**
	 * Take the session out of the store, and its attributes.
	 * @param epoch epoch of the latest attachment; 0 for any
	 * @return fails as the store does
	 */
	Mono<Void> forget(long epoch);

}
