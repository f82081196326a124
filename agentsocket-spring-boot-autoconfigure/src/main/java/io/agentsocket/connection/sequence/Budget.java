package io.agentsocket.connection.sequence;

/**
 * Bytes that may be held at one time for a purpose.
 */
public final class Budget {

	private final int limit;

	private int used;

	public Budget(int limit) {
		this.limit = limit;
	}

	/** Take bytes; false when there are not enough left. */
	public boolean reserve(int bytes) {
		if (bytes > this.limit - this.used) {
			return false;
		}
		this.used += bytes;
		return true;
	}

	/** Gives bytes back. */
	public void release(int bytes) {
		this.used -= bytes;
	}

	/** Bytes that are taken. */
	public int used() {
		return this.used;
	}

}
