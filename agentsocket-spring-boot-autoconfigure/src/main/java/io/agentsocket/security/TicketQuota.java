package io.agentsocket.security;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Bounds how many tickets a principal gets in this pod while they are valid, so that
 * nobody fills the store with them. A take looks at windows that are over, each of them
 * once, and at its own. Thread-safe.
 */
final class TicketQuota {

	/**
	 * Pages that somebody opens at once, each with a ticket of its own, and some more.
	 */
	private static final int MAX = 20;

	/** Windows that are not over, in the order in which they began. */
	private final Map<String, Window> windows = new LinkedHashMap<>();

	private final long nanos;

	private final LongSupplier clock;

	TicketQuota(Duration ttl) {
		this(ttl, System::nanoTime);
	}

	TicketQuota(Duration ttl, LongSupplier clock) {
		this.nanos = ttl.toNanos();
		this.clock = clock;
	}

	/** Take one; false when there is none left for now. */
	synchronized boolean take(String name) {
		long now = this.clock.getAsLong();
		forget(now);
		Window window = this.windows.computeIfAbsent(name, (key) -> new Window(now));
		if (window.count == MAX) {
			return false;
		}
		window.count++;
		return true;
	}

	/** All windows are of one length, so those that are over stand in front. */
	private void forget(long now) {
		Iterator<Window> oldest = this.windows.values().iterator();
		while (oldest.hasNext() && now - oldest.next().begin >= this.nanos) {
			oldest.remove();
		}
	}

	/** Principals that are remembered. */
	synchronized int size() {
		return this.windows.size();
	}

	private static final class Window {

		private final long begin;

		private int count;

		Window(long begin) {
			this.begin = begin;
		}

	}

}
