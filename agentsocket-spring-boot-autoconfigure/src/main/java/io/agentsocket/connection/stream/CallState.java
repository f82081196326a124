package io.agentsocket.connection.stream;

/**
 * The stages of a call to the other side, in their order. A call whose session is reset
 * goes back from {@link #OPEN} to {@link #WAITING}.
 */
enum CallState {

	/** Nothing was requested yet. */
	NEW,

	/** Waits for a free stream or room in the send queue. */
	WAITING,

	/** INVOKE is queued or sent. */
	OPEN,

	/** The subscriber is done; the other side has not ended the stream yet. */
	ENDING,

	/** Over. */
	CLOSED;

	/** Whether the subscriber still gets a signal. */
	boolean isRunning() {
		return this == OPEN || this == WAITING;
	}

}
