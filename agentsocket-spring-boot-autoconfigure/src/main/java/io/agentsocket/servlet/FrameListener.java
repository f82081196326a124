package io.agentsocket.servlet;

import io.agentsocket.protocol.Bytes;

/**
 * Told by a {@link FrameParser} of the frames of a client.
 */
interface FrameListener {

	/** A binary message, in an array of its own. */
	void message(Bytes message);

	/** A text message has begun; its content is skipped. */
	void text();

	/**
	 * A PING or PONG frame.
	 * @param payload at most 125 bytes
	 * @param ping whether it has to be answered
	 */
	void control(byte[] payload, boolean ping);

	/**
	 * A CLOSE frame; nothing comes after it.
	 * @param code the close code, 1005 when there is none
	 * @param reason its text
	 */
	void peerClosed(int code, String reason);

}
