package io.agentsocket.server;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Varint;
import io.agentsocket.server.SessionTimers.Kind;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.SessionState;

/**
 * How long a session and its present connection may last: asks the agent to move when the
 * connection is old, ends the session when that is old, and renews it in the store
 * meanwhile. Runs in the peer's loop.
 */
final class SessionAges {

	/**
	 * A connection is older or younger than the others by this part of its age at most:
	 * those of one moment do not go together.
	 */
	private static final int SPREAD = 10;

	/** A session is renewed so often within the time that the store keeps it. */
	private static final int RENEWALS = 4;

	private final HostedSession session;

	private final ServerResources resources;

	private final SessionTimers timers;

	private final SessionPlace place;

	/** Told that the store has refused to renew the session, or failed. */
	private final Consumer<Throwable> notKept;

	/** Whether the agent was asked to leave its present connection. */
	private boolean askedToGo;

	SessionAges(HostedSession session, ServerResources resources, SessionTimers timers, SessionPlace place,
			Consumer<Throwable> notKept) {
		this.session = session;
		this.resources = resources;
		this.timers = timers;
		this.place = place;
		this.notKept = notKept;
	}

	/** A connection is attached. */
	void attached(SessionState current) {
		this.askedToGo = false;
		ServerSettings settings = this.resources.settings();
		long millis = settings.maxConnectionAge().toMillis();
		long apart = millis / SPREAD;
		Duration age = Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(-apart, apart + 1));
		this.timers.start(Kind.CONNECTION_AGE, age, this::goAway);
		Duration left = Duration.between(Instant.now(), current.createdAt().plus(settings.maxSessionAge()));
		if (left.compareTo(age.plus(settings.drainTimeout())) <= 0) {
			// Otherwise the connection is closed before, and the next one has the timer.
			this.timers.start(Kind.SESSION_AGE, left.isNegative() ? Duration.ZERO : left, this::tooOld);
		}
		if (this.resources.store().isShared()) {
			keep();
		}
	}

	/** Renew the session in the store, as long as there is a connection. */
	private void keep() {
		this.timers.start(Kind.RENEWAL, this.resources.ttl().dividedBy(RENEWALS), () -> {
			String id = this.session.state().id();
			this.session.peer().otherPods().trim();
			this.resources.store()
				.keep(id, this.session.owner(), this.resources.ttl())
				.then(this.resources.attributes().touch(id))
				.subscribe(null, this.notKept);
			keep();
		});
	}

	private void tooOld() {
		this.session.peer().goAway(new Frame.GoAway(CloseCode.SESSION_ENDED.code(), 0, 0, ""));
		StoreWork.run(this.session.state().id(), this.place.end(CloseCode.SESSION_ENDED.code(), EndReason.TOO_OLD));
	}

	/** Ask the client to move, and close in the end. */
	void goAway() {
		this.askedToGo = true;
		Duration drain = this.resources.settings().drainTimeout();
		this.session.peer()
			.goAway(new Frame.GoAway(CloseCode.DRAIN.code(), Varint.millis(drain),
					Varint.millis(this.resources.settings().drainSpread()), ""));
		this.timers.start(Kind.CONNECTION_AGE, drain, () -> this.session.peer().close(CloseCode.DRAIN, "Drained"));
	}

	/** Whether the agent leaves its latest connection because it was asked to. */
	boolean isAskedToGo() {
		return this.askedToGo;
	}

}
