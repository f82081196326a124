package io.agentsocket.connection;

/**
 * Bytes that may be held at one time for a purpose.
 */
final class Budget {

	private final int limit;

	private int used;

	Budget(int limit) {
		this.limit = limit;
	}

	/** Take bytes; false when there are not enough left. */
	boolean reserve(int bytes) {
		if (bytes > this.limit - this.used) {
			return false;
		}
		this.used += bytes;
		return true;
	}

	void release(int bytes) {
		this.used -= bytes;
	}

	int used() {
		return this.used;
	}

}
