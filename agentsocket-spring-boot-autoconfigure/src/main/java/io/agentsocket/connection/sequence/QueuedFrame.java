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

	private final @Nullable FrameOwner owner;

	/** The one behind it in its {@link FrameQueue}. */
	@Nullable QueuedFrame next;

	private Frame frame;

	private int size;

	private State state = State.QUEUED;

	private long number;

	QueuedFrame(Frame frame, @Nullable FrameOwner owner) {
		this.frame = frame;
		this.owner = owner;
		this.size = FrameWriter.bound(frame);
	}

	/** The stream that the frame belongs to, or {@code null} when it belongs to none. */
	public @Nullable FrameOwner owner() {
		return this.owner;
	}

	public Frame frame() {
		return this.frame;
	}

	/** Upper bound of the bytes on the wire. */
	int size() {
		return this.size;
	}

	public boolean isQueued() {
		return this.state == State.QUEUED;
	}

	public boolean isSent() {
		return this.state == State.SENT;
	}

	void sent(long given) {
		this.state = State.SENT;
		this.number = given;
	}

	/** The number that it was sent with, 0 for none. */
	public long number() {
		return this.number;
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

}
