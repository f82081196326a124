package io.agentsocket.connection.sequence;

import java.util.function.Consumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Frames in the order in which they leave, chained to each other: an empty queue takes no
 * room, and a frame takes none beside itself.
 */
final class FrameQueue {

	private @Nullable QueuedFrame first;

	private @Nullable QueuedFrame last;

	private int size;

	int size() {
		return this.size;
	}

	boolean isEmpty() {
		return this.first == null;
	}

	@Nullable QueuedFrame peek() {
		return this.first;
	}

	void addLast(QueuedFrame frame) {
		if (this.last == null) {
			this.first = frame;
		}
		else {
			this.last.next = frame;
		}
		this.last = frame;
		this.size++;
	}

	void addFirst(QueuedFrame frame) {
		frame.next = this.first;
		this.first = frame;
		if (this.last == null) {
			this.last = frame;
		}
		this.size++;
	}

	/** Removes the first frame of a queue that is not empty. */
	void remove() {
		QueuedFrame frame = this.first;
		if (frame != null) {
			this.first = frame.next;
			if (this.first == null) {
				this.last = null;
			}
			frame.next = null;
			this.size--;
		}
	}

	/** Remove frames wherever they are. */
	void discard(Predicate<QueuedFrame> which, Consumer<QueuedFrame> discarded) {
		QueuedFrame rest = this.first;
		this.first = null;
		this.last = null;
		this.size = 0;
		while (rest != null) {
			QueuedFrame frame = rest;
			rest = frame.next;
			frame.next = null;
			if (which.test(frame)) {
				discarded.accept(frame);
			}
			else {
				addLast(frame);
			}
		}
	}

}
