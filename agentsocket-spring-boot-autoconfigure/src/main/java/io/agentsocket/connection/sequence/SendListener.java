package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.Bytes;

/** Hears from a {@link SendQueue} which frames leave it, in the peer's loop. */
public interface SendListener {

	/**
	 * A frame got its number.
	 * @param frame the frame
	 * @param own whether its stream id is one of this side
	 */
	void numbered(QueuedFrame frame, boolean own);

	/**
	 * A message with numbered frames was built.
	 * @param first number of its first frame
	 * @param last number of its last frame
	 * @param frames the bytes of these frames
	 */
	void messageBuilt(long first, long last, Bytes frames);

}
