package io.agentsocket.server;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionView;
import io.agentsocket.connection.Transport;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.FencedException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The sessions of this process: those that it serves, and those of other pods that were
 * looked up here. Thread-safe.
 */
final class LocalSessions {

	/** An agent that has said goodbye waits for 5 s until its connection is closed. */
	private static final Duration FORGETTING = Duration.ofSeconds(3);

	private final ServerResources resources;

	private final PodPeers pod;

	private final Map<String, ServerSession> served = new ConcurrentHashMap<>();

	/** Followers of sessions that were looked up here. */
	private final Map<String, ServerSession> followers = new ConcurrentHashMap<>();

	/** Sessions that are being opened. */
	private int opening;

	LocalSessions(ServerResources resources, PodPeers pod) {
		this.resources = resources;
		this.pod = pod;
	}

	@Nullable ServerSession find(String id) {
		return this.served.get(id);
	}

	/** Sessions that this process serves, detached ones included. */
	Collection<ServerSession> served() {
		return this.served.values();
	}

	ActionView viewOf(AgentSession session) {
		ServerSession known = of(session);
		return (known != null) ? known.actions() : ActionView.NONE;
	}

	/** The agent of a session shows another credential. */
	Mono<Long> renew(AgentSession session, String token) {
		ServerSession known = of(session);
		return (known != null) ? known.credential().renew(token) : Mono.error(gone());
	}

	Subscriptions subscriptionsOf(AgentSession session) {
		ServerSession known = of(session);
		return (known != null) ? known.subscriptions() : new Subscriptions();
	}

	/**
	 * The peer that serves a session, or has served it: a call may go on here after a
	 * move.
	 */
	private @Nullable ServerSession of(AgentSession session) {
		ServerSession known = find(session.id());
		return (known != null && known.session() == session) ? known
				: this.pod.peers().stream().filter((peer) -> peer.session() == session).findFirst().orElse(known);
	}

	/**
	 * Take one of the places for sessions: {@link #serve(ServerSession)} has it from then
	 * on, or {@link #notOpened()} gives it back.
	 * @return whether there is one
	 */
	synchronized boolean open() {
		if (this.served.size() + this.opening >= this.resources.settings().maxSessions()) {
			return false;
		}
		this.opening++;
		return true;
	}

	synchronized void notOpened() {
		this.opening--;
	}

	/**
	 * This process serves a session that nobody had before, in the place that was taken
	 * for it: it counts once at any time.
	 */
	void serve(ServerSession session) {
		this.pod.add(session);
		synchronized (this) {
			this.served.put(session.state().id(), session);
			this.opening--;
		}
	}

	/**
	 * This process serves a session that it has taken over, unless it has done so with a
	 * later claim meanwhile: claims are granted in the order of their epochs, and
	 * answered in any order. Model: handshake.pml, step serve.
	 * @param session what serves it
	 * @param known what the claim has found here, which has lost the session
	 * @return what has lost the session and may not know it yet: the one before, the
	 * given one when it comes too late, or {@code null}
	 */
	@Nullable ServerSession serve(ServerSession session, @Nullable ServerSession known) {
		this.pod.add(session);
		AtomicReference<@Nullable ServerSession> lost = new AtomicReference<>();
		this.served.compute(session.state().id(), (id, before) -> {
			boolean late = before != null && before != known && before.state().epoch() > session.state().epoch();
			lost.set(late ? session : before);
			return late ? before : session;
		});
		return lost.get();
	}

	/**
	 * Finds the peer that serves or reaches a session in this process, if there is one.
	 */
	@Nullable ServerSession present(String id) {
		ServerSession known = this.served.get(id);
		known = (known != null) ? known : this.followers.get(id);
		return (known != null && !known.isEnded()) ? known : null;
	}

	/** Look up or make the follower of a session. */
	ServerSession follower(String id, UnaryOperator<@Nullable ServerSession> change) {
		return this.followers.compute(id, (key, before) -> change.apply(before));
	}

	/** The place of a session here. */
	SessionPlace place(ServerSession session) {
		return new Place(this, session);
	}

	private void moved(ServerSession session) {
		this.served.remove(session.state().id(), session);
	}

	private void closed(ServerSession session) {
		String id = session.state().id();
		this.pod.remove(session);
		this.followers.remove(id, session);
		if (!this.served.containsKey(id)) {
			this.resources.attributes().release(id);
		}
	}

	/**
	 * End a session for good, here and in the store.
	 * @return fails with {@link FencedException} when the session goes on elsewhere
	 */
	Mono<Void> end(ServerSession session, int closeCode, EndReason reason) {
		return Mono.defer(() -> drop(session, closeCode, reason) ? forget(session.state().id(), session.owner(), 0)
				: Mono.empty());
	}

	/**
	 * End a session whose agent says goodbye: its connection is closed when the store has
	 * forgotten the session, so that an agent that has left is not there for anybody.
	 * @return fails as the store does
	 */
	Mono<Void> leave(ServerSession session, int closeCode) {
		return Mono.defer(() -> {
			if (!take(session)) {
				return Mono.empty();
			}
			Sinks.One<Optional<Transport>> left = Sinks.one();
			session.peer().execute(() -> {
				session.ended();
				session.notices().ended(EndReason.BY_OTHER_SIDE, closeCode);
				left.tryEmitValue(Optional.ofNullable(session.peer().leave(gone())));
			});
			Mono<Void> closed = left.asMono()
				.doOnNext((open) -> open.ifPresent((connection) -> connection.close(closeCode, "")))
				.then();
			// A store that does not answer does not keep the connection.
			Disposable late = Mono.delay(FORGETTING).then(closed).subscribe();
			return forget(session.state().id(), session.owner(), 0)
				.onErrorResume((error) -> closed.then(Mono.error(error)))
				.then(closed)
				.doFinally((signal) -> late.dispose());
		});
	}

	private boolean take(ServerSession session) {
		boolean taken = this.served.remove(session.state().id(), session);
		if (taken) {
			this.pod.remove(session);
		}
		return taken;
	}

	/**
	 * End a session in this process only.
	 * @return whether it was served
	 */
	boolean drop(ServerSession session, int closeCode, EndReason reason) {
		if (!take(session)) {
			return false;
		}
		session.peer().execute(() -> {
			session.ended();
			session.notices().ended(reason, closeCode);
		});
		session.peer().end(closeCode, gone());
		return true;
	}

	/** The answer for a session that has ended. */
	static ActionException gone() {
		return new ActionException(ErrorCode.FAILED_PRECONDITION, "The session has ended").foreign();
	}

	/** Forget a session of an owner in this process; fails as the store does. */
	Mono<Void> forget(String id, String owner, long epoch) {
		return this.resources.store().end(id, owner, epoch).then(this.resources.attributes().delete(id));
	}

	/** Forget a session whose owner does not answer. */
	Mono<Void> forget(String id) {
		return this.resources.store().end(id).then(this.resources.attributes().delete(id));
	}

	/** This process serves nothing any more. */
	void clear() {
		this.served.clear();
	}

	private record Place(LocalSessions sessions, ServerSession session) implements SessionPlace {

		@Override
		public void moved() {
			this.sessions.moved(this.session);
		}

		@Override
		public void closed() {
			this.sessions.closed(this.session);
		}

		@Override
		public Mono<Void> end(int closeCode, EndReason reason) {
			return this.sessions.end(this.session, closeCode, reason);
		}

		@Override
		public Mono<Void> leave(int closeCode) {
			return this.sessions.leave(this.session, closeCode);
		}

		@Override
		public void drop(int closeCode, EndReason reason) {
			this.sessions.drop(this.session, closeCode, reason);
		}

		@Override
		public Mono<Void> forget(long epoch) {
			return this.sessions.forget(this.session.state().id(), this.session.owner(), epoch);
		}

	}

}
