package io.agentsocket.connection;

import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.sequence.FrameOwner;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;

/**
 * One invocation on the wire, seen from either end. All methods run in the peer's loop.
 * Implements section 9 of {@code docs/protocol.md}.
 */
abstract class Stream extends FrameOwner {

	/** The stream id. */
	abstract int id();

	/** An item, its PART frames in front, or a mere end. */
	abstract void item(Frame.Item frame, Bytes body, Metadata metadata);

	/** The other side ended the stream with an error. */
	abstract void failed(ActionException error);

	/** End the stream in both directions because of what the other side sent. */
	abstract void breakOff(ActionException reason);

	/** The other side grants items. */
	abstract void credit(long items);

	/** There is room in the send queue again. */
	abstract void resume();

	/** The stream is over without a frame of the other side; nothing may be sent. */
	abstract void abandon(ActionException reason);

}
