package io.agentsocket.server;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.AgentSessionListener.EndReason;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Moves all clients away and lets go of all sessions. Thread-safe. Implements the
 * server's half of section 15 of {@code docs/protocol.md}.
 */
final class Drain {

	private static final Log logger = PrintableLog.of(Drain.class);

	private static final Duration POLL = Duration.ofMillis(50);

	/** How long a pod that leaves waits for the store. */
	private static final Duration SETTLE = Duration.ofSeconds(2);

	private final ServerResources resources;

	private final PodPeers pod;

	private final LocalSessions sessions;

	private final Collection<ServerConnection> connections;

	/**
	 * Create a drain.
	 * @param connections the open ones, as they are at each moment
	 */
	Drain(ServerResources resources, PodPeers pod, LocalSessions sessions, Collection<ServerConnection> connections) {
		this.resources = resources;
		this.pod = pod;
		this.sessions = sessions;
		this.connections = connections;
	}

	/**
	 * Ask all clients to go, wait until they and what runs have gone, let go, and wait
	 * until the sockets are closed.
	 */
	Mono<Void> drain() {
		return Mono.defer(() -> {
			List<ServerSession> attached = this.sessions.served()
				.stream()
				.filter((session) -> session.peer().isAttached())
				.toList();
			if (!attached.isEmpty()) {
				logger.info("Draining " + attached.size() + " connections");
			}
			attached.forEach((session) -> session.peer().execute(session::goAway));
			long begin = this.resources.timer().now(TimeUnit.NANOSECONDS);
			Duration timeout = this.resources.settings().drainTimeout();
			boolean shared = this.resources.store().isShared();
			return poll(() -> isQuiet() && hasSpread(begin), timeout).then(Mono.fromRunnable(this::closeConnections))
				.then(Mono.defer(this::withdraw))
				// Invocations that came just before the end may still finish.
				.then(Mono.defer(() -> poll(() -> isSettled() && (isQuiet() || left(begin, timeout).isZero()),
						shared ? left(begin, timeout).plus(SETTLE) : Duration.ZERO)))
				.then(Mono.fromRunnable(this::closeAll))
				.then(Mono.defer(() -> Mono.when(left(), gone())));
		});
	}

	/**
	 * Nothing of a close is on its way any more: whoever ends the event loops behind this
	 * loses no close code. A peer that does not answer is closed by force in this time,
	 * which begins anew with a code that ends the session.
	 */
	private Mono<Void> gone() {
		return poll(this.connections::isEmpty, this.resources.settings().closeTimeout().multipliedBy(2));
	}

	/** Let go at once. */
	void close() {
		closeConnections();
		closeAll();
	}

	/** The actions of sessions that are here go with this process. */
	private Mono<?> withdraw() {
		List<ServerSession> having = this.pod.peers()
			.stream()
			.filter((session) -> session.actions().hasLocal())
			.toList();
		having.forEach((session) -> session.actions().removeLocal());
		return having.isEmpty() ? Mono.empty() : Mono.delay(POLL, this.resources.timer());
	}

	private Mono<Void> poll(BooleanSupplier done, Duration limit) {
		return Flux.interval(POLL, this.resources.timer())
			.startWith(0L)
			.takeUntil((tick) -> isDone(done))
			.take(limit)
			.then();
	}

	/** A part that cannot tell is waited for as one that is busy: the drain goes on. */
	private static boolean isDone(BooleanSupplier done) {
		try {
			return done.getAsBoolean();
		}
		catch (Throwable ex) {
			logger.error("Whether anything still runs could not be found out", ex);
			return false;
		}
	}

	private boolean isQuiet() {
		return this.pod.peers().stream().allMatch((session) -> session.peer().isIdle()) && !this.pod.mail().isBusy();
	}

	private Duration left(long begin, Duration timeout) {
		Duration gone = Duration.ofNanos(this.resources.timer().now(TimeUnit.NANOSECONDS) - begin);
		return (gone.compareTo(timeout) < 0) ? timeout.minus(gone) : Duration.ZERO;
	}

	/**
	 * Clients that have somewhere to go come there one after the other: nobody who is
	 * about to go by itself is closed before its time.
	 */
	private boolean hasSpread(long begin) {
		return !this.resources.store().isShared() || this.connections.isEmpty()
				|| left(begin, this.resources.settings().drainSpread()).isZero();
	}

	private boolean isSettled() {
		return this.pod.peers().stream().allMatch((session) -> session.peer().ownership().isSettled());
	}

	/** The store is not asked for anything behind this. */
	private Mono<Void> left() {
		return this.resources.store().isShared() ? this.pod.left().timeout(SETTLE, Mono.empty(), this.resources.timer())
				: Mono.empty();
	}

	private void closeConnections() {
		this.connections.forEach(ServerConnection::drained);
	}

	private void closeAll() {
		// Invocations that still run are stopped: the process goes, and with it what it
		// knows.
		for (ServerSession session : this.pod.peers()) {
			if (this.resources.store().isShared()) {
				session.release();
			}
			else {
				session.run(this.sessions.end(session, CloseCode.DRAIN.code(), EndReason.SHUTDOWN));
			}
		}
		this.sessions.clear();
		this.pod.close();
	}

}
