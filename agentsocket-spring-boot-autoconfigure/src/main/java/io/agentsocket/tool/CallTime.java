package io.agentsocket.tool;

/**
 * How long the calls of a tool take. Two long ones among some short ones make a tool that
 * blocks; a single one does not, since a thread that has lost its processor looks the
 * same. Written by several threads: a lost value does no harm.
 */
final class CallTime {

	/**
	 * Nanoseconds up to which a call may have others behind it: some ten times what it
	 * costs to wake a thread.
	 */
	private static final int QUICK = 50_000;

	/**
	 * Nanoseconds as which a longer call counts: else one of them would count for ever.
	 */
	private static final int LONGEST = 4 * QUICK;

	/** A longer call counts for one part of 2 to the power of this: one stays quick. */
	private static final int LONGER = 2;

	/** The same for a shorter call: forgotten after a dozen. */
	private static final int SHORTER = 3;

	private volatile long nanos;

	/** The time of a call, in nanoseconds. */
	void add(long taken) {
		long present = this.nanos;
		long difference = Math.min(taken, LONGEST) - present;
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
