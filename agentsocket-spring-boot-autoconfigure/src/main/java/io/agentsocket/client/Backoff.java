package io.agentsocket.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Expect;

/**
 * How long a client waits before it connects again: a random time below a bound, which is
 * a quarter of the time that it was without a connection, but at least one time and at
 * most another. So the first attempts are dense, a server that was away for a while is
 * found again in a fraction of that while, and clients that have waited for long spread
 * over a long time. The bound after the loss of a connection begins lower: most likely
 * another pod is there already, and open calls wait for it. When the server asks for
 * time, clients come between that time and twice of it. Implements section 16 of
 * {@code docs/protocol.md}.
 *
 * @param first the least bound of the wait after the loss of a connection that has lasted
 * longer than {@code base}: a quarter of the time without a connection takes its place
 * when that is longer, as it is when several connections were lost soon after each other.
 * At most {@code base}
 * @param base the least bound of each other wait, in the same way
 * @param cap the greatest bound of every wait, unless the server asks for more; at least
 * {@code base}
 */
public record Backoff(Duration first, Duration base, Duration cap) {

	private static final Duration FIRST = Duration.ofMillis(250);

	/** The values of the specification. */
	public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

	/** The least wait after a close that says that the server cannot do more now. */
	private static final Duration AFTER_OVERLOAD = Duration.ofSeconds(2);

	/** An outage becomes longer by at most this part of it. */
	private static final int SHARE = 4;

	public Backoff {
		if (first.isNegative() || base.compareTo(first) < 0 || cap.compareTo(base) < 0) {
			throw new IllegalArgumentException("The cap of a backoff is at least its base, which is at least the"
					+ " first wait, which is not negative");
		}
		first = Expect.notNegative("first", first);
		base = Expect.notNegative("base", base);
		cap = Expect.notNegative("cap", cap);
	}

	/**
	 * Create a backoff whose {@code first} is 250 ms, as the specification has it, or
	 * {@code base} if that is shorter.
	 * @param base the least bound of each wait but the one after a loss
	 * @param cap the greatest bound of every wait, unless the server asks for more
	 */
	public Backoff(Duration base, Duration cap) {
		this((base.compareTo(FIRST) < 0) ? base : FIRST, base, cap);
	}

	/**
	 * The wait after the loss of a connection that has lasted longer than the base.
	 * @param offline time without a connection before, as far as it still counts: a
	 * server that ends each connection after a while is met less and less often
	 * @param closeCode code of the close that led to it
	 */
	Duration first(Duration offline, int closeCode) {
		return first(offline, closeCode, ThreadLocalRandom.current());
	}

	Duration first(Duration offline, int closeCode, RandomGenerator random) {
		return next(this.first, offline, closeCode, Duration.ZERO, random);
	}

	/**
	 * The next wait.
	 * @param offline time without a connection so far
	 * @param closeCode code of the close that led to it
	 * @param asked the server wants no attempt before this time has passed; 0 when it did
	 * not say
	 */
	Duration next(Duration offline, int closeCode, Duration asked) {
		return next(offline, closeCode, asked, ThreadLocalRandom.current());
	}

	Duration next(Duration offline, int closeCode, Duration asked, RandomGenerator random) {
		return next(this.base, offline, closeCode, asked, random);
	}

	private Duration next(Duration beginning, Duration offline, int closeCode, Duration asked, RandomGenerator random) {
		long share = Math.min(this.cap.toMillis(), Math.max(beginning.toMillis(), offline.toMillis() / SHARE));
		boolean overloaded = closeCode == CloseCode.STORE_UNAVAILABLE.code()
				|| closeCode == CloseCode.OVERLOADED.code();
		long least = Math.max(asked.toMillis(), overloaded ? AFTER_OVERLOAD.toMillis() : 0);
		// All who were refused together would come back together otherwise.
		long bound = Math.max(Math.min(least, this.cap.toMillis()), share - least);
		return Duration.ofMillis(least).plus(within(Duration.ofMillis(bound), random));
	}

	/**
	 * A random part of a time, for clients that shall not come together.
	 * @param spread the time
	 */
	static Duration within(Duration spread) {
		return within(spread, ThreadLocalRandom.current());
	}

	static Duration within(Duration spread, RandomGenerator random) {
		return Duration.ofMillis(random.nextLong(spread.toMillis() + 1));
	}

}
