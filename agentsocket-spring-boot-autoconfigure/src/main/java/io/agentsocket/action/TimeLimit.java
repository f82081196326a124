package io.agentsocket.action;

import java.time.Duration;
import java.time.Instant;

/**
 * Ends of times that applications choose.
 */
final class TimeLimit {

	/** The longest time that is kept: every clock and timer can add it. */
	private static final Duration CENTURY = Duration.ofDays(36_525);

	private TimeLimit() {
	}

	/**
	 * When a time from now on is over.
	 * @param time a time of any length
	 * @return its end, in a century at the latest
	 */
	static Instant end(Duration time) {
		return Instant.now().plus((time.compareTo(CENTURY) < 0) ? time : CENTURY);
	}

}
