package io.agentsocket.event;

import java.util.concurrent.atomic.AtomicLongArray;

import org.jspecify.annotations.Nullable;

/**
 * Counts for {@link EventCounts}: those of a session, which add to those of all sessions.
 */
final class Counters {

	private final @Nullable Counters all;

	private final AtomicLongArray counts = new AtomicLongArray(Outcome.values().length);

	Counters(@Nullable Counters all) {
		this.all = all;
	}

	void count(Outcome outcome) {
		this.counts.incrementAndGet(outcome.ordinal());
		if (this.all != null) {
			this.all.count(outcome);
		}
	}

	EventCounts snapshot() {
		return new EventCounts(get(Outcome.DELIVERED), get(Outcome.FAILED), get(Outcome.UNKNOWN), get(Outcome.INVALID),
				get(Outcome.OVERFLOWED));
	}

	private long get(Outcome outcome) {
		return this.counts.get(outcome.ordinal());
	}

	/**
	 * What can become of an event.
	 */
	enum Outcome {

		DELIVERED, FAILED, UNKNOWN, INVALID, OVERFLOWED

	}

}
