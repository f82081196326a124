package io.agentsocket.relay;

/**
 * The times of one request. Written by the transport, from one thread at a time.
 */
final class RequestTiming {

	private volatile long sent;

	private volatile long waited;

	private volatile boolean reused;

	private volatile boolean written;

	private volatile long responded;

	/** A connection takes the request. */
	void sending(boolean onReusedConnection) {
		this.sent = System.nanoTime();
		this.reused = onReusedConnection;
	}

	/** The request is written. */
	void written() {
		this.written = true;
	}

	/** The answer begins. */
	void responded() {
		this.responded = System.nanoTime();
		this.waited = this.responded - this.sent;
	}

	/** The relay has waited for a chunk of the answer. */
	void waited(long nanos) {
		this.waited += nanos;
	}

	boolean hasResponded() {
		return this.responded != 0;
	}

	boolean isSent() {
		return this.sent != 0;
	}

	boolean isReused() {
		return this.reused;
	}

	boolean isWritten() {
		return this.written;
	}

	/** When a connection took the request, as of {@link System#nanoTime()}. */
	long sentAt() {
		return this.sent;
	}

	/** Nanoseconds that the function took: waits for the head and for each chunk. */
	long functionNanos() {
		return this.waited;
	}

}
