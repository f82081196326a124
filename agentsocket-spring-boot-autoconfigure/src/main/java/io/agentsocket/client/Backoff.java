package io.agentsocket.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.agentsocket.protocol.CloseCode;

/**
 * How long a client waits before it connects again: a random time of at most a quarter of
 * the time that it was without a connection, but within the two bounds. So the first
 * attempts are dense, a server that was away for a while is found again in a fraction of
 * that while, and clients that have waited for long spread over a long time. Implements
 * section 16 of {@code docs/protocol.md}.
 *
 * @param base upper bound of the wait in the beginning
 * @param cap upper bound of every wait
 */
public record Backoff(Duration base, Duration cap) {

	/** The values of the specification. */
	public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

	/** The least wait after a close that says that the server cannot do more now. */
	private static final Duration AFTER_OVERLOAD = Duration.ofSeconds(2);

	/** An outage becomes longer by at most this part of it. */
	private static final int SHARE = 4;

	public Backoff {
		if (base.isNegative() || cap.compareTo(base) < 0) {
			throw new IllegalArgumentException("The cap of a backoff is at least its base, which is not negative");
		}
	}

	/**
	 * The next wait.
	 * @param offline time without a connection so far
	 * @param closeCode code of the close that led to it
	 */
	Duration next(Duration offline, int closeCode) {
		long share = offline.toMillis() / SHARE;
		long bound = Math.min(this.cap.toMillis(), Math.max(this.base.toMillis(), share));
		Duration wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound + 1));
		boolean overloaded = closeCode == CloseCode.STORE_UNAVAILABLE.code()
				|| closeCode == CloseCode.OVERLOADED.code();
		return (overloaded && wait.compareTo(AFTER_OVERLOAD) < 0) ? AFTER_OVERLOAD : wait;
	}

}
