package io.agentsocket.security;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Bounds how many tickets a principal gets in this pod while they are valid, so that
 * nobody fills the store with them. Thread-safe.
 */
final class TicketQuota {

	/**
	 * Pages that somebody opens at once, each with a ticket of its own, and some more.
	 */
	private static final int MAX = 20;

	/** Principals beyond which those that are over are forgotten. */
	private static final int TIDY = 1024;

	private final Map<String, Window> windows = new ConcurrentHashMap<>();

	private final long nanos;

	TicketQuota(Duration ttl) {
		this.nanos = ttl.toNanos();
	}

	/** Take one; false when there is none left for now. */
	boolean take(String name) {
		long now = System.nanoTime();
		if (this.windows.size() >= TIDY) {
			this.windows.values().removeIf((window) -> now - window.begin >= this.nanos);
		}
		return this.windows.compute(name, (key, window) -> next(window, now)).count <= MAX;
	}

	private Window next(@Nullable Window window, long now) {
		return (window == null || now - window.begin >= this.nanos) ? new Window(now, 1)
				: new Window(window.begin, Math.min(window.count, MAX) + 1);
	}

	private record Window(long begin, int count) {
	}

}
