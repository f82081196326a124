package io.agentsocket.connection.takeover;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import org.jspecify.annotations.Nullable;

/**
 * The peer as its {@link Ownership} sees it. Called in the peer's loop.
 */
public interface OwnershipHost {

	/** Takes the frames for streams that are here. */
	FrameReceiver receiver();

	/** Closes the present connection; nobody is told. */
	void disconnect(CloseCode code, String rule);

	/** Closes the present connection behind queued frames; the listener is told. */
	void closeConnection(CloseCode code, String rule);

	/** Ends the session on this side. */
	void end(int code, ActionException reason);

	/** The reason for which the session has ended here; null while it goes on. */
	@Nullable ActionException ended();

	/** Sends queued frames as long as the connection takes them. */
	void sendAll();

	/**
	 * Resumes paused producers and opens waiting calls.
	 * @return whether that queued anything
	 */
	boolean goOn();

	/** Whether events are on their way into the loop. */
	boolean hasEventsUnderway();

	/**
	 * The messages that wait until they are durable.
	 * @return sends them on the present connection; null when there are none
	 */
	@Nullable Runnable heldMessages();

}
