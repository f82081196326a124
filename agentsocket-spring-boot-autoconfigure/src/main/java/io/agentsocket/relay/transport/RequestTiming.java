package io.agentsocket.relay.transport;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The times of one request. Written by the transport, from one thread at a time; whether
 * it goes out at all is decided once, whatever threads decide it.
 */
public final class RequestTiming {

	private final AtomicBoolean decided = new AtomicBoolean();

	private volatile long sent;

	private volatile long waited;

	private volatile boolean reused;

	private volatile boolean written;

	private volatile long responded;

	/**
	 * A connection takes the request.
	 * @param onReusedConnection whether the connection has had another one before
	 * @return {@code false} when the request is abandoned: nothing of it may be sent
	 */
	boolean sending(boolean onReusedConnection) {
		if (!this.decided.compareAndSet(false, true) && this.sent == 0) {
			return false;
		}
		this.reused = onReusedConnection;
		this.sent = System.nanoTime();
		return true;
	}

	/**
	 * Give up a request that no connection has taken.
	 * @return {@code true} when it is not sent, and will not be
	 */
	boolean abandon() {
		return this.decided.compareAndSet(false, true);
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

	public boolean isSent() {
		return this.sent != 0;
	}

	public boolean isReused() {
		return this.reused;
	}

	public boolean isWritten() {
		return this.written;
	}

	/** When a connection took the request, as of {@link System#nanoTime()}. */
	public long sentAt() {
		return this.sent;
	}

	/** Nanoseconds that the function took: waits for the head and for each chunk. */
	public long functionNanos() {
		return this.waited;
	}

}
