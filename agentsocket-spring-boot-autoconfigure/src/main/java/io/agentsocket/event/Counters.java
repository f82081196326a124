package io.agentsocket.event;

import java.util.concurrent.atomic.AtomicLongArray;

import org.jspecify.annotations.Nullable;

/**
 * Counts for {@link EventCounts}: those of a session, which add to those of all sessions.
 */
final class Counters {

	private final @Nullable Counters all;

	/** Made with the first event: most sessions have none. */
	private volatile @Nullable AtomicLongArray counts;

	Counters(@Nullable Counters all) {
		this.all = all;
	}

	void count(Outcome outcome) {
		AtomicLongArray present = this.counts;
		((present != null) ? present : create()).incrementAndGet(outcome.ordinal());
		if (this.all != null) {
			this.all.count(outcome);
		}
	}

	private synchronized AtomicLongArray create() {
		AtomicLongArray present = this.counts;
		if (present == null) {
			present = new AtomicLongArray(Outcome.values().length);
			this.counts = present;
		}
		return present;
	}

	EventCounts snapshot() {
		return new EventCounts(get(Outcome.DELIVERED), get(Outcome.FAILED), get(Outcome.UNKNOWN), get(Outcome.INVALID),
				get(Outcome.OVERFLOWED));
	}

	private long get(Outcome outcome) {
		AtomicLongArray present = this.counts;
		return (present != null) ? present.get(outcome.ordinal()) : 0;
	}

	/**
	 * Outcomes of an event.
	 */
	enum Outcome {

		DELIVERED, FAILED, UNKNOWN, INVALID, OVERFLOWED

	}

}
