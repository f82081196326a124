package io.agentsocket.connection;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The one timer of a connection: asks for signs of life, presumes death, and notices a
 * peer that takes nothing. Implements section 14 of {@code docs/protocol.md}.
 */
final class Keepalive {

	/** The connection that is kept alive. */
	interface Owner {

		/** Ask for a sign of life. */
		void ping();

		/** Close the connection. */
		void close(CloseCode code, String rule);

	}

	/** Pings of the other side that may come at once. */
	private static final int PING_BURST = 10;

	/**
	 * Time for each ping in the long run: section 14 of the protocol allows 2 a second.
	 */
	private static final long NANOS_PER_PING = TimeUnit.MILLISECONDS.toNanos(500);

	private final Owner owner;

	private final PeerLoop loop;

	private final boolean asks;

	private final long interval;

	private final long timeout;

	private final long stallTimeout;

	private long lastSent;

	private long lastReceived;

	/** Whether a ping is due or on its way, and nothing has arrived since. */
	private boolean waiting;

	/** When the ping was sent; counts only while {@link #pingSent}. */
	private long pingSentAt;

	private boolean pingSent;

	private boolean stalled;

	private long stalledSince;

	private long pingBudgetAt;

	private boolean stopped;

	private @Nullable Disposable timer;

	Keepalive(Owner owner, PeerLoop loop, PeerSettings settings, Duration interval) {
		this.owner = owner;
		this.loop = loop;
		this.asks = settings.role() == Role.SERVER;
		this.interval = interval.toNanos();
		this.timeout = settings.liveness().keepAliveTimeout().toNanos();
		this.stallTimeout = settings.liveness().stallTimeout().toNanos();
		this.lastSent = loop.now();
		this.lastReceived = this.lastSent;
		this.pingBudgetAt = this.lastSent - PING_BURST * NANOS_PER_PING;
	}

	void start() {
		schedule(this.lastSent);
	}

	void stop() {
		this.stopped = true;
		if (this.timer != null) {
			this.timer.dispose();
			this.timer = null;
		}
	}

	/**
	 * Take note of a message that went out.
	 * @param ping whether it asks for a sign of life
	 * @param progress whether it carried frames that had waited
	 */
	void sent(boolean ping, boolean progress) {
		long now = this.loop.now();
		this.lastSent = now;
		if (progress) {
			this.stalledSince = now;
		}
		if (ping && this.waiting) {
			this.pingSent = true;
			this.pingSentAt = now;
		}
	}

	void received() {
		this.lastReceived = this.loop.now();
		this.waiting = false;
	}

	/** Take note of a ping of the other side. */
	void pinged() {
		long now = this.loop.now();
		long budgetAt = Math.max(this.pingBudgetAt, now - PING_BURST * NANOS_PER_PING) + NANOS_PER_PING;
		if (budgetAt > now) {
			throw new ProtocolException(CloseCode.RATE, "More than 2 pings a second");
		}
		this.pingBudgetAt = budgetAt;
	}

	/** Takes note of whether something waits that the other side does not take. */
	void stalled(boolean stalled) {
		if (stalled && !this.stalled) {
			this.stalledSince = this.loop.now();
		}
		this.stalled = stalled;
	}

	private void tick() {
		if (this.stopped) {
			return;
		}
		long now = this.loop.now();
		if (this.stalled && now - this.stalledSince >= this.stallTimeout) {
			this.owner.close(CloseCode.SLOW_CONSUMER, "Nothing was taken for too long");
		}
		else if (isSilent(now)) {
			this.owner.close(CloseCode.KEEPALIVE, "No sign of life");
		}
		else {
			if (this.asks && !this.waiting && now - this.lastSent >= this.interval) {
				this.waiting = true;
				this.pingSent = false;
				this.owner.ping();
			}
			schedule(now);
		}
	}

	private boolean isSilent(long now) {
		if (this.asks) {
			return this.waiting && this.pingSent && now - this.pingSentAt >= this.timeout;
		}
		return now - this.lastReceived >= this.interval + this.timeout;
	}

	private void schedule(long now) {
		long delay = dueAt(now) - now;
		if (this.stalled) {
			delay = Math.min(delay, this.stalledSince + this.stallTimeout - now);
		}
		this.timer = this.loop.schedule(this::tick,
				Duration.ofNanos(Math.max(delay, TimeUnit.MILLISECONDS.toNanos(1))));
	}

	private long dueAt(long now) {
		if (!this.asks) {
			return this.lastReceived + this.interval + this.timeout;
		}
		if (!this.waiting) {
			return this.lastSent + this.interval;
		}
		return (this.pingSent ? this.pingSentAt : now) + this.timeout;
	}

}
