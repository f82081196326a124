package io.agentsocket.connection.stream;

import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * An invocation on the wire, seen from either end. All methods run in the peer's loop.
 * Implements section 9 of {@code docs/protocol.md}.
 */
public abstract class Stream extends QueuedFrame.Owner {

	/**
	 * Highest number of a frame of the other side that was processed here, when such
	 * frames come through the owner of the session.
	 */
	private long processed;

	/** Bytes that the peer holds for it, its frames not counted. */
	private long held;

	/** By {@link System#nanoTime()}: when it began on this side. */
	private final long since = System.nanoTime();

	/** Nanoseconds for which the stream has been open on this side; from any thread. */
	public final long age() {
		return System.nanoTime() - this.since;
	}

	/** Sets the bytes that the peer holds for it, its frames not counted. */
	final void setHeld(Holdings holdings, long bytes) {
		holdings.ofStreams(bytes - this.held);
		this.held = bytes;
	}

	/** The peer holds more for it, or with a negative number less. */
	final void addHeld(Holdings holdings, long change) {
		setHeld(holdings, this.held + change);
	}

	/** Name of its action, null when this pod does not know it; from any thread. */
	public @Nullable String actionName() {
		return null;
	}

	/**
	 * Whether something of the other side is outstanding, an answer or credit, as of a
	 * moment ago; from any thread.
	 */
	public boolean waitsForOther() {
		return false;
	}

	/**
	 * A frame of the other side is about to be processed here.
	 * @param number its number
	 * @return {@code false} when that was done already
	 */
	public final boolean beginProcessing(long number) {
		boolean first = number > this.processed;
		this.processed = Math.max(number, this.processed);
		return first;
	}

	/** The stream id. */
	public abstract int id();

	/** An item, its PART frames in front, or a mere end. */
	public abstract void item(Frame.Item frame, Bytes body, Metadata metadata);

	/** The other side ended the stream with an error. */
	public abstract void failed(ActionException error);

	/** End the stream in both directions because of a frame of the other side. */
	public abstract void breakOff(ActionException reason);

	/** The other side grants items. */
	public abstract void credit(long items);

	/** There is room in the send queue again. */
	public abstract void resume();

	/** The stream is over without a frame of the other side; nothing may be sent. */
	public abstract void abandon(ActionException reason);

}
