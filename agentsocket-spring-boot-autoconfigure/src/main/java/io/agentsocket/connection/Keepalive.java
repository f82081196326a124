package io.agentsocket.connection;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The one timer of a connection: asks for signs of life, presumes death, and notices a
 * peer that takes nothing. Implements section 10 of {@code docs/protocol.md}.
 */
final class Keepalive {

	private static final int PING_BURST = 10;

	private static final long NANOS_PER_PING = TimeUnit.MILLISECONDS.toNanos(500);

	private final Peer peer;

	private final boolean asks;

	private final long interval;

	private final long timeout;

	private final long stallTimeout;

	private long lastSent;

	private long lastReceived;

	private long asked;

	private long stalledSince;

	private long pingBudgetAt;

	private boolean waiting;

	private boolean stalled;

	private @Nullable Disposable timer;

	Keepalive(Peer peer, PeerSettings settings, Duration interval) {
		this.peer = peer;
		this.asks = settings.role() == Role.SERVER;
		this.interval = interval.toNanos();
		this.timeout = settings.keepaliveTimeout().toNanos();
		this.stallTimeout = settings.stallTimeout().toNanos();
		this.lastSent = now();
		this.lastReceived = this.lastSent;
		this.pingBudgetAt = this.lastSent - PING_BURST * NANOS_PER_PING;
	}

	void start() {
		schedule(this.asks ? this.interval : this.interval + this.timeout);
	}

	void stop() {
		if (this.timer != null) {
			this.timer.dispose();
			this.timer = null;
		}
	}

	void sent() {
		this.lastSent = now();
	}

	void received() {
		this.lastReceived = now();
		this.waiting = false;
	}

	/** Take note of a ping of the other side. */
	void pinged() {
		long now = now();
		this.pingBudgetAt = Math.max(this.pingBudgetAt, now - PING_BURST * NANOS_PER_PING) + NANOS_PER_PING;
		if (this.pingBudgetAt > now) {
			throw new ProtocolException(CloseCode.RATE_LIMIT, "More than 2 pings a second");
		}
	}

	/** Take note of whether the other side takes what is sent. */
	void stalled(boolean stalled) {
		if (stalled && !this.stalled) {
			this.stalledSince = now();
		}
		this.stalled = stalled;
	}

	private void tick() {
		long now = now();
		if (this.stalled && now - this.stalledSince >= this.stallTimeout) {
			this.peer.close(CloseCode.SLOW_CONSUMER, "Nothing was taken for too long");
			return;
		}
		if (this.asks) {
			ask(now);
		}
		else if (now - this.lastReceived >= this.interval + this.timeout) {
			this.peer.close(CloseCode.KEEPALIVE, "No sign of life");
		}
		else {
			schedule(this.lastReceived + this.interval + this.timeout - now);
		}
	}

	private void ask(long now) {
		if (this.waiting && now - this.asked >= this.timeout) {
			this.peer.close(CloseCode.KEEPALIVE, "No sign of life");
		}
		else if (this.waiting) {
			schedule(this.asked + this.timeout - now);
		}
		else if (now - this.lastSent >= this.interval) {
			this.waiting = true;
			this.asked = now;
			this.peer.ping();
			schedule(this.timeout);
		}
		else {
			schedule(this.lastSent + this.interval - now);
		}
	}

	private void schedule(long nanos) {
		this.timer = this.peer.schedule(this::tick,
				Duration.ofNanos(Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1))));
	}

	private long now() {
		return this.peer.now();
	}

}
