package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;

/**
 * Counts the numbered frames that arrived, and decides when to acknowledge them.
 * Implements section 10 of {@code docs/protocol.md}.
 */
public final class ReceiveWindow {

	/**
	 * Frames after which an acknowledgement is due: 1 for 32 costs a receiver of many
	 * small frames little.
	 */
	private static final int ACK_FRAMES = 32;

	private final int window;

	private long received;

	private int frames;

	private int bytes;

	private boolean due;

	public ReceiveWindow(int window) {
		this.window = window;
	}

	/** Highest number received. */
	public long received() {
		return this.received;
	}

	/** Count a numbered frame. */
	public void count(int size) {
		this.received++;
		this.frames++;
		this.bytes += size;
		if (this.bytes > this.window + Limits.CONTROL_RESERVE) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The window of " + this.window + " bytes is exceeded");
		}
		if (this.frames >= ACK_FRAMES || this.bytes >= this.window / 4) {
			this.due = true;
		}
	}

	/** Whether frames arrived that were not acknowledged. */
	public boolean isPending() {
		return this.frames > 0;
	}

	/** Whether an acknowledgement has to go out with the next message. */
	public boolean isDue() {
		return this.due;
	}

	/** Makes an acknowledgement due, even if there is nothing new. */
	public void requireAck() {
		this.due = true;
	}

	/** Takes note that an acknowledgement of everything goes out. */
	public void acknowledged() {
		this.frames = 0;
		this.bytes = 0;
		this.due = false;
	}

	/** Goes on with the number that the owner before has received. */
	public void restore(long number) {
		this.received = number;
	}

	/** Starts anew: the next frame has the number 1. */
	public void reset() {
		acknowledged();
		this.received = 0;
	}

}
