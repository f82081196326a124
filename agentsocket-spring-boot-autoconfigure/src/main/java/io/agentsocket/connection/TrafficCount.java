package io.agentsocket.connection;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import io.agentsocket.protocol.Traffic;
import org.jspecify.annotations.Nullable;

/**
 * Counts the {@link Traffic} of a peer. Counted in the loop and read on any thread: a
 * reading while a message is on its way may have one of its two counts and not the other.
 */
final class TrafficCount {

	// With the name beside the class: so a native image finds the field by itself.
	private static final AtomicLongFieldUpdater<TrafficCount> MESSAGES_SENT = AtomicLongFieldUpdater
		.newUpdater(TrafficCount.class, "messagesSent");

	private static final AtomicLongFieldUpdater<TrafficCount> BYTES_SENT = AtomicLongFieldUpdater
		.newUpdater(TrafficCount.class, "bytesSent");

	private static final AtomicLongFieldUpdater<TrafficCount> MESSAGES_RECEIVED = AtomicLongFieldUpdater
		.newUpdater(TrafficCount.class, "messagesReceived");

	private static final AtomicLongFieldUpdater<TrafficCount> BYTES_RECEIVED = AtomicLongFieldUpdater
		.newUpdater(TrafficCount.class, "bytesReceived");

	private final boolean client;

	private final @Nullable TrafficTotals totals;

	private volatile long messagesSent;

	private volatile long bytesSent;

	private volatile long messagesReceived;

	private volatile long bytesReceived;

	/**
	 * Create a counter.
	 * @param client whether this is the side that masks its frames
	 * @param totals counts the traffic of all peers, or {@code null}
	 */
	TrafficCount(boolean client, @Nullable TrafficTotals totals) {
		this.client = client;
		this.totals = totals;
	}

	void sent(int length) {
		int bytes = length + header(length, this.client);
		MESSAGES_SENT.lazySet(this, this.messagesSent + 1);
		BYTES_SENT.lazySet(this, this.bytesSent + bytes);
		if (this.totals != null) {
			this.totals.sent(bytes);
		}
	}

	void framesSent(long frames) {
		if (this.totals != null && frames > 0) {
			this.totals.framesSent(frames);
		}
	}

	void framesReceived(int frames) {
		if (this.totals != null) {
			this.totals.framesReceived(frames);
		}
	}

	void received(int length) {
		int bytes = length + header(length, !this.client);
		MESSAGES_RECEIVED.lazySet(this, this.messagesReceived + 1);
		BYTES_RECEIVED.lazySet(this, this.bytesReceived + bytes);
		if (this.totals != null) {
			this.totals.received(bytes);
		}
	}

	/** Bytes of the header and the mask of a WebSocket message. */
	static int header(int payload, boolean masked) {
		int length = (payload < 126) ? 2 : (payload < 65536) ? 4 : 10;
		return length + (masked ? 4 : 0);
	}

	Traffic read() {
		return new Traffic(this.messagesSent, this.bytesSent, this.messagesReceived, this.bytesReceived);
	}

}
