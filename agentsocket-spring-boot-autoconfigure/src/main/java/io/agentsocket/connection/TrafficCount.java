package io.agentsocket.connection;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import io.agentsocket.protocol.Traffic;

/**
 * Counts the {@link Traffic} of a peer. Counted in the loop and read on any thread: a
 * reading while a message is on its way may have one of its two counts and not the other.
 */
final class TrafficCount {

	private static final AtomicLongFieldUpdater<TrafficCount> MESSAGES_SENT = updater("messagesSent");

	private static final AtomicLongFieldUpdater<TrafficCount> BYTES_SENT = updater("bytesSent");

	private static final AtomicLongFieldUpdater<TrafficCount> MESSAGES_RECEIVED = updater("messagesReceived");

	private static final AtomicLongFieldUpdater<TrafficCount> BYTES_RECEIVED = updater("bytesReceived");

	private final boolean client;

	private volatile long messagesSent;

	private volatile long bytesSent;

	private volatile long messagesReceived;

	private volatile long bytesReceived;

	/**
	 * Create a counter.
	 * @param client whether this is the side that masks what it sends
	 */
	TrafficCount(boolean client) {
		this.client = client;
	}

	private static AtomicLongFieldUpdater<TrafficCount> updater(String field) {
		return AtomicLongFieldUpdater.newUpdater(TrafficCount.class, field);
	}

	void sent(int length) {
		MESSAGES_SENT.lazySet(this, this.messagesSent + 1);
		BYTES_SENT.lazySet(this, this.bytesSent + length + header(length, this.client));
	}

	void received(int length) {
		MESSAGES_RECEIVED.lazySet(this, this.messagesReceived + 1);
		BYTES_RECEIVED.lazySet(this, this.bytesReceived + length + header(length, !this.client));
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
