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

	/**
	 * Take note of an event for which the session has no room: it is dropped.
	 */
	default void refused() {
	}

	/**
	 * Bytes of events that wait for their listeners; from any thread.
	 * @return how many, 0 when none wait or that is not known
	 */
	default long waiting() {
		return 0;
	}

	/** The session has ended: nothing more comes. */
	default void close() {
	}

}
