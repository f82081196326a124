package io.agentsocket.tool;

/**
 * How long the calls of a tool take. A long one counts at once, and is forgotten only
 * after several dozen short ones, so that a tool that blocks now and then is one that
 * blocks. Written by several threads: a lost value does no harm.
 */
final class CallTime {

	/**
	 * Nanoseconds up to which a call may have others behind it: some ten times what it
	 * costs to wake a thread.
	 */
	private static final int QUICK = 50_000;

	/** So much of a difference that a longer call counts, as a power of two. */
	private static final int LONGER = 1;

	/** The same for a shorter call. */
	private static final int SHORTER = 4;

	private volatile long nanos;

	/** The time of a call. */
	void add(long taken) {
		long present = this.nanos;
		long difference = taken - present;
		if (difference > 0) {
			this.nanos = present + (difference >> LONGER);
		}
		else if (difference <= -(1 << SHORTER)) {
			this.nanos = present + (difference >> SHORTER);
		}
	}

	/** Nanoseconds that the next call is thought to take; 0 before the first one. */
	long nanos() {
		return this.nanos;
	}

	boolean isQuick() {
		return this.nanos <= QUICK;
	}

}
