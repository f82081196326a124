package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Told by a {@link SendQueue} what leaves it, in the peer's loop.
 */
public interface SendListener {

	/**
	 * A frame got its number.
	 * @param frame the frame
	 * @param owner the stream that it belongs to, if there is one here
	 * @param own whether its stream id is one of this side
	 */
	void numbered(Frame frame, @Nullable FrameOwner owner, boolean own);

	/**
	 * A message with numbered frames was built.
	 * @param first number of its first frame
	 * @param last number of its last frame
	 * @param frames the bytes of these frames
	 */
	void messageBuilt(long first, long last, Bytes frames);

}
