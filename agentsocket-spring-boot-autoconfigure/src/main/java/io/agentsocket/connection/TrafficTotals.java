package io.agentsocket.connection;

import java.util.concurrent.atomic.LongAdder;

/**
 * Traffic of all peers of a process, those that have ended included: it only grows.
 * Thread-safe; counts once for each WebSocket message.
 */
public final class TrafficTotals {

	private final LongAdder messagesSent = new LongAdder();

	private final LongAdder bytesSent = new LongAdder();

	private final LongAdder framesSent = new LongAdder();

	private final LongAdder messagesReceived = new LongAdder();

	private final LongAdder bytesReceived = new LongAdder();

	private final LongAdder framesReceived = new LongAdder();

	void sent(long bytes) {
		this.messagesSent.increment();
		this.bytesSent.add(bytes);
	}

	void framesSent(long frames) {
		this.framesSent.add(frames);
	}

	void received(long bytes) {
		this.messagesReceived.increment();
		this.bytesReceived.add(bytes);
	}

	void framesReceived(long frames) {
		this.framesReceived.add(frames);
	}

	/**
	 * WebSocket messages.
	 * @param sent whether those that were sent, or those received
	 * @return how many
	 */
	public long messages(boolean sent) {
		return (sent ? this.messagesSent : this.messagesReceived).sum();
	}

	/**
	 * Bytes on the wire with the headers of WebSocket.
	 * @param sent whether those that were sent, or those received
	 * @return how many
	 */
	public long bytes(boolean sent) {
		return (sent ? this.bytesSent : this.bytesReceived).sum();
	}

	/**
	 * Frames of the protocol: those with numbers that were sent, all that were received.
	 * @param sent whether those that were sent, or those received
	 * @return how many
	 */
	public long frames(boolean sent) {
		return (sent ? this.framesSent : this.framesReceived).sum();
	}

}
