package io.agentsocket.session;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.agentsocket.annotation.Internal;

/**
 * How long to wait before something is tried again. Each failure doubles the time up to a
 * bound, and a random half of it is left out: many sessions that met the same outage must
 * not come back at the same moment.
 *
 * @param first time after the first failure
 * @param max the longest time
 */
@Internal
public record Retries(Duration first, Duration max) {

	/** 2 to the power of this is more than any bound. */
	private static final int MAX_DOUBLINGS = 20;

	/**
	 * The time before the next attempt.
	 * @param failures failures so far, from 0
	 * @return between one half and the whole of the time
	 */
	public Duration delay(int failures) {
		long whole = Math.min(this.max.toMillis(), this.first.toMillis() << Math.min(failures, MAX_DOUBLINGS));
		return Duration.ofMillis(whole - ThreadLocalRandom.current().nextLong(whole / 2 + 1));
	}

}
