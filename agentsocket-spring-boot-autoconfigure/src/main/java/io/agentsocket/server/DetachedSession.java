package io.agentsocket.server;

import java.time.Duration;
import java.util.function.Consumer;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.server.SessionTimers.Kind;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Retries;
import org.apache.commons.logging.Log;

/**
 * A session without a connection: ends when its time is over, and finds out when it goes
 * on elsewhere. Runs in the peer's loop.
 */
final class DetachedSession {

	private static final Log logger = PrintableLog.of(DetachedSession.class);

	/** A follower asks for its owner as often. */
	private static final Duration OWNER_CHECK = Duration.ofSeconds(2);

	/** How often a session that has expired is tried to be taken out of the store. */
	private static final Retries RETRIES = new Retries(Duration.ofSeconds(1), Duration.ofSeconds(30));

	private final ServerResources resources;

	private final SessionPlace place;

	private final HostedSession session;

	private final SessionTimers timers;

	private final Consumer<Throwable> notKept;

	/** For how long the session should have been taken out of the store. */
	private Duration overdue = Duration.ZERO;

	/**
	 * Create the detached state of a session.
	 * @param place its place in this process
	 * @param session the session
	 * @param timers its timers
	 * @param notKept takes the error when the session cannot be kept
	 */
	DetachedSession(ServerResources resources, SessionPlace place, HostedSession session, SessionTimers timers,
			Consumer<Throwable> notKept) {
		this.resources = resources;
		this.place = place;
		this.session = session;
		this.timers = timers;
		this.notKept = notKept;
	}

	/**
	 * The connection is gone. Model: handshake.pml, step detached.
	 */
	void begin() {
		Duration ttl = this.session.timeToLive();
		String id = this.session.state().id();
		this.resources.store()
			.keep(id, this.session.owner(), ttl)
			.then(this.resources.attributes().touch(id))
			.subscribe(null, this.notKept);
		this.overdue = Duration.ZERO;
		this.timers.start(Kind.EXPIRY, ttl, () -> expire(this.session.state().epoch(), 0));
		if (this.resources.store().isShared()) {
			watchOwner();
		}
	}

	/**
	 * A peer without a connection commits nothing and is never fenced. A peer that has
	 * something for the agent asks whose the session is: those who should have told it
	 * may be gone. Model: calls.pml, step lookup; handshake.pml, step lookup.
	 */
	private void watchOwner() {
		this.timers.start(Kind.RENEWAL, OWNER_CHECK, () -> {
			if (!this.session.peer().isIdle() || !this.session.peer().ownership().isSettled()) {
				String id = this.session.state().id();
				this.resources.store()
					.owner(id)
					.subscribe(this::owned,
							(error) -> logger.debug("The owner of session " + id + " is not known", error));
			}
			watchOwner();
		});
	}

	private void owned(String owner) {
		if (!owner.equals(this.session.owner())) {
			this.session.peer().otherPods().moved(Long.MAX_VALUE);
		}
	}

	/**
	 * End the session, unless somebody has claimed it since then. Model: handshake.pml,
	 * step expire.
	 * @param epoch epoch of the latest attachment
	 * @param failures how often the store was out of reach
	 */
	private void expire(long epoch, int failures) {
		this.place.forget(epoch)
			.subscribe(null, (error) -> this.session.peer().execute(() -> notExpired(error, epoch, failures)),
					() -> this.place.drop(CloseCode.SESSION_ENDED.code(), EndReason.EXPIRED));
	}

	/**
	 * The session could not be taken out of the store, or is not to be. Model:
	 * handshake.pml, step end.
	 */
	private void notExpired(Throwable error, long epoch, int failures) {
		if (this.session.isEnded() || this.session.isFollower() || this.session.peer().isAttached()) {
			return;
		}
		if (error instanceof FencedException fenced) {
			claimed(fenced.epoch());
			return;
		}
		if (failures == 0) {
			logger.warn("Session " + this.session.state().id() + " has expired and cannot be taken out of the store: "
					+ error);
		}
		if (this.overdue.compareTo(this.resources.settings().idleTimeout()) > 0) {
			// The store forgets it by itself.
			this.place.drop(CloseCode.SESSION_ENDED.code(), EndReason.EXPIRED);
			return;
		}
		Duration delay = RETRIES.delay(failures);
		this.overdue = this.overdue.plus(delay);
		this.timers.start(Kind.EXPIRY, delay, () -> expire(epoch, failures + 1));
	}

	/** Claimed by another pod, or by a HELLO to this one that is not answered yet. */
	private void claimed(long epoch) {
		Duration ttl = this.session.timeToLive();
		this.resources.store().keep(this.session.state().id(), this.session.owner(), ttl).subscribe(null, this.notKept);
		this.timers.start(Kind.EXPIRY, ttl, () -> expire(epoch, 0));
	}

}
