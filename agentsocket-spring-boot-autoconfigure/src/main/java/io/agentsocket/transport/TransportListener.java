package io.agentsocket.transport;

import io.agentsocket.protocol.Bytes;

/**
 * Told of the messages that a {@link WebSocketTransport} receives. Called on the event
 * loop, one call at a time.
 */
public interface TransportListener {

	/**
	 * A binary message arrived.
	 * @param message the message in an array of its own
	 */
	void message(Bytes message);

	/**
	 * A text message arrived, which the protocol does not allow.
	 */
	void text();

	/** Messages are accepted again. */
	void writable();

	/**
	 * The socket is closed. Called once, after everything else.
	 * @param closeCode the close code, 1006 when the connection broke
	 */
	void closed(int closeCode);

	/**
	 * The socket is closed. Called once, after everything else.
	 * @param closeCode the close code, 1006 when the connection broke
	 * @param reason the text of the close frame, for logs only; empty when there is none
	 * @param here whether this side has chosen the code
	 */
	default void closed(int closeCode, String reason, boolean here) {
		closed(closeCode);
	}

}
