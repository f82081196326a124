package io.agentsocket.server;

import java.util.Map;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.SessionState;
import reactor.core.publisher.Mono;

/**
 * Finds sessions wherever they are: those of other pods through a satellite. Thread-safe.
 */
final class Reach {

	private final ServerResources resources;

	private final LocalSessions sessions;

	private final SessionFactory factory;

	private final Function<String, Codec> codecs;

	Reach(ServerResources resources, LocalSessions sessions, SessionFactory factory, Function<String, Codec> codecs) {
		this.resources = resources;
		this.sessions = sessions;
		this.factory = factory;
		this.codecs = codecs;
	}

	/**
	 * Reach a session, wherever its owner is.
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
			return this.resources.store()
				.find(id)
				.flatMap((state) -> this.resources.attributes()
					.load(id)
					.map((attributes) -> satellite(state, attributes)))
				.filter((session) -> !session.isEnded());
		});
	}

	private ServerSession satellite(SessionState state, Map<String, Object> attributes) {
		return this.sessions.reached(state.id(), (before) -> {
			if (before != null && !before.isEnded()) {
				before.session().refresh(attributes);
				return before;
			}
			String principal = state.principal();
			ServerSession created = this.factory.build(state, (principal != null) ? () -> principal : null,
					this.codecs.apply(state.codec()), this.resources.pod().newOwner(), attributes);
			this.resources.pod().add(created);
			created.orbit(Limits.CLIENT);
			return created;
		});
	}

}
