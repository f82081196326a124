package io.agentsocket.session;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;

/**
 * Takes the events of one session, in their order.
 */
@Internal
@FunctionalInterface
public interface SessionEventSink {

	/**
	 * Take an event. Called on the event loop and must not block.
	 * @param name name of the event
	 * @param payload payload in the codec of the session, or empty
	 */
	void event(String name, Bytes payload);

	/** The session has ended: nothing more comes. */
	default void close() {
	}

}
