package io.agentsocket.server;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.RecordKey;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.SessionState;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds sessions wherever they are: those of other pods through a follower. Thread-safe.
 */
final class SessionLocator {

	/** How many sessions of a principal are looked up at the same time. */
	private static final int CONCURRENCY = 16;

	/** How long an owner may take to end a session. */
	private static final Duration END_PATIENCE = Duration.ofSeconds(5);

	private static final Duration END_POLL = Duration.ofMillis(50);

	private final ServerResources resources;

	private final PodPeers pod;

	private final LocalSessions sessions;

	private final SessionFactory factory;

	private final Function<String, Codec> codecs;

	SessionLocator(ServerResources resources, PodPeers pod, LocalSessions sessions, SessionFactory factory,
			Function<String, Codec> codecs) {
		this.resources = resources;
		this.pod = pod;
		this.sessions = sessions;
		this.factory = factory;
		this.codecs = codecs;
	}

	/**
	 * Look a session up, wherever its owner is.
	 * @return empty when there is none
	 */
	Mono<ServerSession> reach(String id) {
		return Mono.defer(() -> {
			ServerSession known = this.sessions.find(id);
			if (known != null) {
				return Mono.just(known);
			}
			if (!this.resources.store().isShared()) {
				return Mono.empty();
			}
			return this.resources.store().find(id).flatMap(this::follower).filter((session) -> !session.isEnded());
		});
	}

	/** The sessions of a principal, wherever their owners are. */
	Flux<ServerSession> principal(String name) {
		return this.resources.store()
			.sessions(name)
			.flatMap(this::reach, CONCURRENCY)
			.filter((session) -> name.equals(session.state().principal()));
	}

	/**
	 * The peer that serves or reaches a session now. It stays for a while, and is emitted
	 * in its loop.
	 * @return fails with an {@link ActionException} when the session is gone or out of
	 * reach
	 */
	Mono<ServerSession> present(String id) {
		return Mono.defer(() -> Mono.justOrEmpty(this.sessions.present(id)))
			.flatMap(ServerSession::inUse)
			.switchIfEmpty(Mono.defer(() -> reach(id).flatMap(ServerSession::inUse)))
			.switchIfEmpty(Mono.error(LocalSessions::gone))
			.onErrorMap((error) -> !(error instanceof ActionException), SessionLocator::outOfReach);
	}

	private static ActionException outOfReach(Throwable error) {
		return new ActionException(ErrorCode.UNAVAILABLE, "The session is out of reach").retryable()
			.withCause(error)
			.foreign();
	}

	private Mono<ServerSession> follower(SessionState state) {
		Mono<Limits> limits = this.resources.store()
			.record(state.id(), RecordKey.LIMITS.key())
			.map(Ownership::limits)
			.defaultIfEmpty(Limits.CLIENT);
		return Mono.zip(limits, this.resources.attributes().load(state.id()))
			.map((read) -> follower(state, read.getT1(), read.getT2()));
	}

	/** Reach a session anew whose follower has gone. */
	ServerSession again(ServerSession gone) {
		return this.resources.store().isShared()
				? follower(gone.state(), gone.peer().declared(), gone.session().attributes()) : gone;
	}

	private ServerSession follower(SessionState state, Limits limits, Map<String, Object> attributes) {
		return this.sessions.follower(state.id(), (before) -> {
			if (before != null && !before.isEnded()) {
				before.session().refresh(attributes);
				before.follow(limits);
				return before;
			}
			String principal = state.principal();
			ServerSession created = this.factory.build(state, (principal != null) ? () -> principal : null,
					this.codecs.apply(state.codec()), this.pod.newOwner(), attributes, this.resources.bounds().none());
			created.follow(limits);
			this.pod.add(created);
			return created;
		});
	}

	/**
	 * End a session, wherever its owner is. A session whose owner does not answer,
	 * because its pod is gone, is taken out of the store.
	 * @return completes when it has ended
	 */
	Mono<Void> end(String id) {
		return Mono.defer(() -> {
			ServerSession served = this.sessions.find(id);
			if (served != null) {
				return this.sessions.end(served, CloseCode.SESSION_ENDED.code(), EndReason.BY_APPLICATION)
					.onErrorResume(FencedException.class, (error) -> reach(id).flatMap(this::endElsewhere));
			}
			return reach(id).flatMap(this::endElsewhere);
		});
	}

	private Mono<Void> endElsewhere(ServerSession session) {
		String id = session.state().id();
		return session.inUse()
			.doOnNext((present) -> present.peer().otherPods().requestEnd())
			.thenMany(this.resources.store()
				.owner(id)
				.repeatWhen((rounds) -> rounds.takeWhile((found) -> found > 0)
					.concatMap((found) -> Mono.delay(END_POLL, this.resources.timer()))))
			.then()
			.timeout(END_PATIENCE, Mono.defer(() -> this.sessions.forget(id)), this.resources.timer());
	}

}
