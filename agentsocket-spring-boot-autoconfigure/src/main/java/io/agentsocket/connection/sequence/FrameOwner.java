package io.agentsocket.connection.sequence;

import org.jspecify.annotations.Nullable;

/**
 * Counts the frames of one stream in a {@link SendQueue}: those that wait and those that
 * have left. Confined to the peer's loop.
 */
public abstract class FrameOwner {

	private int queuedFrames;

	private int sentFrames;

	private @Nullable QueuedFrame lastItem;

	/**
	 * Whether the next owner of the session knows of this stream, and does not begin it
	 * for the first time.
	 */
	public boolean isRecorded() {
		return true;
	}

	/** Whether frames wait in the send queue. */
	public final boolean hasQueuedFrames() {
		return this.queuedFrames != 0;
	}

	/** Whether a frame has left the send queue. */
	public final boolean hasSentFrames() {
		return this.sentFrames != 0;
	}

	/** The DATA, TEXT or BYTES frame that was queued last, if there is one. */
	public final @Nullable QueuedFrame lastItem() {
		return this.lastItem;
	}

	/** Forgets what has left the queue: the other side knows nothing of it any more. */
	protected final void forgetSentFrames() {
		this.sentFrames = 0;
	}

	final void queued(QueuedFrame frame, boolean item) {
		this.queuedFrames++;
		if (item) {
			this.lastItem = frame;
		}
	}

	final void removed() {
		this.queuedFrames--;
	}

	final void sent() {
		this.sentFrames++;
	}

}
