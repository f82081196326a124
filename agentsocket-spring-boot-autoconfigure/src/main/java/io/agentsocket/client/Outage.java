package io.agentsocket.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The clock of a client without a connection, and what was said about that in the log.
 * Confined to the peer's loop.
 */
final class Outage {

	/** Lines of the log about one outage: reasons may differ each time. */
	private static final int MAX_LINES = 16;

	/** By {@link System#nanoTime()}, like all of these. */
	private long since;

	private long connectedAt;

	/** Time without a connection before the present outage that still counts. */
	private long before;

	private final Set<String> lines = new HashSet<>();

	/** The client begins to connect. */
	void begin() {
		this.since = System.nanoTime();
		this.before = 0;
		this.lines.clear();
	}

	/**
	 * A connection is lost.
	 * @param enough a connection that lasted for longer was a good one: all before it is
	 * forgotten
	 */
	void lost(Duration enough) {
		long now = System.nanoTime();
		if (now - this.connectedAt > enough.toNanos()) {
			this.before = 0;
		}
		this.since = now;
		this.lines.clear();
	}

	void connected() {
		this.connectedAt = System.nanoTime();
		this.before += this.connectedAt - this.since;
	}

	/** How long this outage has lasted. */
	Duration length() {
		return Duration.ofNanos(System.nanoTime() - this.since);
	}

	/** How long the client was without a good connection. */
	Duration offline() {
		return length().plusNanos(this.before);
	}

	/** Whether a line is new in this outage. */
	boolean isNews(String line) {
		return this.lines.size() < MAX_LINES && this.lines.add(line);
	}

	/** Whether anything was logged in this outage. */
	boolean isKnown() {
		return !this.lines.isEmpty();
	}

}
