package io.agentsocket.log;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.agentsocket.annotation.Internal;
import org.apache.commons.logging.Log;

/**
 * Warns of a fault that meets all sessions at once, such as a store that is away: a line
 * a minute, with the number of those that were left out. Thread-safe.
 */
@Internal
public final class SeldomWarning {

	/** Soon enough for an operator, and no line for each of 50,000 sessions. */
	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	private final Log log;

	private final LongSupplier clock;

	private long next;

	/** Warnings without a line since the latest line. */
	private long silent;

	/**
	 * Create without a line so far.
	 * @param log has the lines
	 */
	public SeldomWarning(Log log) {
		this(log, System::nanoTime);
	}

	SeldomWarning(Log log, LongSupplier clock) {
		this.log = log;
		this.clock = clock;
		this.next = clock.getAsLong();
	}

	/**
	 * Warn, unless that was done a moment ago.
	 * @param text the line
	 */
	public void warn(String text) {
		long before = begin();
		if (before >= 0) {
			this.log.warn((before > 0) ? text + "; lines left out since the last one: " + before : text);
		}
		else {
			this.log.debug(text);
		}
	}

	/**
	 * Begin a line.
	 * @return how many were left out before it, or -1 when this one is left out
	 */
	private synchronized long begin() {
		long now = this.clock.getAsLong();
		if (now - this.next < 0) {
			this.silent++;
			return -1;
		}
		this.next = now + INTERVAL;
		long before = this.silent;
		this.silent = 0;
		return before;
	}

}
