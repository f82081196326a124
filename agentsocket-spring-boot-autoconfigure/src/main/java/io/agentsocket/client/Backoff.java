package io.agentsocket.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.agentsocket.protocol.CloseCode;

/**
 * How long a client waits before it connects again: full jitter. Implements section 16 of
 * {@code docs/protocol.md}.
 *
 * @param base upper bound of the first wait
 * @param cap upper bound of every wait
 */
public record Backoff(Duration base, Duration cap) {

	/** The values of the specification. */
	public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

	private static final Duration AFTER_STORE_UNAVAILABLE = Duration.ofSeconds(2);

	private static final int MAX_DOUBLINGS = 20;

	public Backoff {
		if (base.isNegative() || cap.compareTo(base) < 0) {
			throw new IllegalArgumentException("The cap of a backoff is at least its base, which is not negative");
		}
	}

	Duration next(int attempt, int closeCode) {
		long bound = Math.min(this.cap.toMillis(), this.base.toMillis() << Math.min(attempt, MAX_DOUBLINGS));
		Duration wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound + 1));
		boolean store = closeCode == CloseCode.STORE_UNAVAILABLE.code();
		return (store && wait.compareTo(AFTER_STORE_UNAVAILABLE) < 0) ? AFTER_STORE_UNAVAILABLE : wait;
	}

}
