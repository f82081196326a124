package io.agentsocket.connection;

import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * A frame on its way out. Until it is sent it may be changed: an item can still become
 * the last one of its stream, and a newer report can replace an older one.
 */
final class OutFrame {

	final @Nullable Stream stream;

	private Frame frame;

	private int size;

	private boolean sent;

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

	boolean isSent() {
		return this.sent;
	}

	void sent() {
		this.sent = true;
	}

	/** Replace a frame that was not sent yet; returns by how much the size changed. */
	int replace(Frame other) {
		int before = this.size;
		this.frame = other;
		this.size = FrameWriter.bound(other);
		return this.size - before;
	}

}
