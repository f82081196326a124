package io.agentsocket.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The clock of a client without a connection, and the lines of the log about that.
 * Confined to the peer's loop, but for the counts.
 */
final class Outage {

	/** Lines of the log about one outage: reasons may differ each time. */
	private static final int MAX_LINES = 16;

	/** By {@link System#nanoTime()}, as other times here. */
	private volatile long since;

	private long connectedAt;

	/** Time without a connection before the present outage that still counts. */
	private long before;

	private final Set<String> lines = new HashSet<>();

	/** Whether the present outage ends a connection that there was. */
	private boolean interrupted;

	/** Written in the loop, read on any thread. */
	private volatile boolean lasting;

	private volatile ConnectionCounts counts = ConnectionCounts.NONE;

	/** The client begins to connect. */
	void begin() {
		this.since = System.nanoTime();
		this.before = 0;
		this.lines.clear();
		this.interrupted = false;
		this.lasting = true;
	}

	/** The client tries to connect. */
	void attempt() {
		this.counts = this.counts.attempt();
	}

	/** An attempt has failed. */
	void failed() {
		this.counts = this.counts.failure();
	}

	/** The client tries no more. */
	void end() {
		this.lasting = false;
	}

	/** Counts so far; from any thread. */
	ConnectionCounts counts() {
		return this.counts;
	}

	/** How long a client that wants a connection has had none; from any thread. */
	Duration present() {
		return this.lasting ? length() : Duration.ZERO;
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
		this.interrupted = true;
		this.lasting = true;
	}

	/** Whether the connection that is lost now has lasted longer than this. */
	boolean lastedLonger(Duration time) {
		return this.since - this.connectedAt > time.toNanos();
	}

	void connected() {
		this.connectedAt = System.nanoTime();
		long length = this.connectedAt - this.since;
		this.before += length;
		this.lasting = false;
		this.counts = this.interrupted ? this.counts.connectedAgain(length) : this.counts.connected();
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
