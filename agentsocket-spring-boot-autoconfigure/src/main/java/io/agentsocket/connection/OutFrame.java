package io.agentsocket.connection;

import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * A frame on its way out. While it is queued it may be changed: an item can still become
 * the last one of its stream, and a newer report can replace an older one.
 */
final class OutFrame {

	private enum State {

		QUEUED, SENT, DROPPED

	}

	final @Nullable Stream stream;

	/** The one behind it in its {@link FrameQueue}. */
	@Nullable OutFrame next;

	private Frame frame;

	private int size;

	private State state = State.QUEUED;

	/** Its number once it was sent. */
	private long number;

	OutFrame(Frame frame, @Nullable Stream stream) {
		this.frame = frame;
		this.stream = stream;
		this.size = FrameWriter.bound(frame);
	}

	Frame frame() {
		return this.frame;
	}

	/** Upper bound of the bytes on the wire. */
	int size() {
		return this.size;
	}

	boolean isQueued() {
		return this.state == State.QUEUED;
	}

	boolean isSent() {
		return this.state == State.SENT;
	}

	void sent(long given) {
		this.state = State.SENT;
		this.number = given;
	}

	long number() {
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
