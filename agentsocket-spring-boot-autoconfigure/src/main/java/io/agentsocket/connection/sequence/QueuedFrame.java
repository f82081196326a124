package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * A frame on its way out. While it is queued it may be changed: an item can still become
 * the last one of its stream, and a newer report can replace an older one.
 */
public final class QueuedFrame {

	private enum State {

		QUEUED, SENT, DROPPED

	}

	private final @Nullable Owner owner;

	private final boolean continued;

	/** The frame behind this one in its {@link FrameQueue}. */
	@Nullable QueuedFrame next;

	private boolean ofFollower;

	/** The invocation that has sent an event; null for other frames. */
	private @Nullable Owner cause;

	private Frame frame;

	private int size;

	private State state = State.QUEUED;

	public QueuedFrame(Frame frame, @Nullable Owner owner) {
		this(frame, owner, false);
	}

	QueuedFrame(Frame frame, @Nullable Owner owner, boolean continued) {
		this.frame = frame;
		this.owner = owner;
		this.continued = continued;
		this.size = FrameWriter.bound(frame);
	}

	/** The stream that the frame belongs to, or {@code null} when it belongs to none. */
	public @Nullable Owner owner() {
		return this.owner;
	}

	/** The frame, as it is now. */
	public Frame frame() {
		return this.frame;
	}

	/** Upper bound of the bytes on the wire. */
	int size() {
		return this.size;
	}

	/** Whether the frame waits in the send queue. */
	public boolean isQueued() {
		return this.state == State.QUEUED;
	}

	/** Whether the frame has left the send queue for a message. */
	public boolean isSent() {
		return this.state == State.SENT;
	}

	/** Whether PART frames in front of it were queued with it. */
	public boolean isContinued() {
		return this.continued;
	}

	/** Takes note that a follower has made the frame. */
	public void ofFollower() {
		this.ofFollower = true;
	}

	/** Whether a follower has made the frame: it is in the inbox until it is durable. */
	public boolean isOfFollower() {
		return this.ofFollower;
	}

	/** Whether an invocation has sent it as an event. */
	public boolean isCaused() {
		return this.cause != null;
	}

	void causedBy(@Nullable Owner invocation) {
		this.cause = invocation;
	}

	/**
	 * Whether the next owner of the session knows of the invocation that the frame came
	 * from, if it came from one.
	 */
	public boolean isRecorded() {
		return (this.owner == null || this.owner.isRecorded()) && (this.cause == null || this.cause.isRecorded());
	}

	void sent() {
		this.state = State.SENT;
	}

	void dropped() {
		this.state = State.DROPPED;
	}

	/** Replace a frame that is queued; returns by how much the size changed. */
	int replace(Frame other) {
		int before = this.size;
		this.frame = other;
		this.size = FrameWriter.bound(other);
		return this.size - before;
	}

	/**
	 * Counts the frames of one stream in a {@link SendQueue}: the waiting ones, and all
	 * that have left. Confined to the peer's loop.
	 */
	public abstract static class Owner {

		private int queuedFrames;

		private int sentFrames;

		private @Nullable QueuedFrame lastItem;

		/**
		 * Whether the next owner of the session knows of this stream, and does not begin
		 * it for the first time.
		 */
		public boolean isRecorded() {
			return true;
		}

		/**
		 * Whether the stream has ended and the other side is not told, after a reset for
		 * example: no frame of it is sent any more.
		 */
		public boolean isAbandoned() {
			return false;
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

		/**
		 * Forgets the frames that have left the queue: the other side knows nothing of
		 * them any more.
		 */
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

}
