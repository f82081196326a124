package io.agentsocket.server;

import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.action.Action;
import io.agentsocket.action.Discovery;
import io.agentsocket.action.OfferedActions;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.Liveness;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.server.bounds.SessionBounds;
import io.agentsocket.server.bounds.Tenancy;
import io.agentsocket.session.Durability;
import io.agentsocket.session.SessionEventSink;
import io.agentsocket.session.SessionNotices;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.StoredAgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Makes what serves a session in this process: its peer, its attributes, what it sees and
 * what takes its events. Thread-safe.
 */
final class SessionFactory {

	private final ServerResources resources;

	private final LocalSessions sessions;

	private final PodPeers pod;

	private final ServerHooks hooks;

	private final CatalogChanges changes;

	private final List<Action> builtIn;

	private final Function<String, Mono<Void>> ending;

	/**
	 * Create a factory.
	 * @param ending ends a session, wherever its owner is
	 */
	SessionFactory(ServerResources resources, PodPeers pod, LocalSessions sessions, CatalogChanges changes,
			ServerHooks hooks, Function<String, Mono<Void>> ending) {
		this.ending = ending;
		this.resources = resources;
		this.pod = pod;
		this.sessions = sessions;
		this.changes = changes;
		this.hooks = hooks;
		this.builtIn = builtIn(sessions, hooks);
	}

	private static List<Action> builtIn(LocalSessions sessions, ServerHooks hooks) {
		List<Action> actions = new ArrayList<>(Discovery.actions(sessions::viewOf, hooks.ranking()));
		actions.add(Subscriptions.action((exchange) -> sessions.subscriptionsOf(exchange.session())));
		if (hooks.renewable()) {
			actions.add(CredentialRenewal.action(sessions::renew));
		}
		return List.copyOf(actions);
	}

	/**
	 * Make what serves a session. Nobody knows of it yet.
	 * @param state the session
	 * @param principal the principal that opened it, or {@code null}
	 * @param codec its codec
	 * @param owner the name of its peer
	 * @param attributes its attributes
	 * @param tenancy its part in the bounds of its principal and address
	 */
	ServerSession build(SessionState state, @Nullable Principal principal, Codec codec, String owner,
			Map<String, Object> attributes, Tenancy tenancy) {
		ServerSettings settings = this.resources.settings();
		ServerSession created = new ServerSession(this.resources, this.sessions::place, state, owner);
		StoredAgentSession session = new StoredAgentSession(state, principal, attributes, this.resources.attributes(),
				() -> this.ending.apply(state.id()));
		SessionActions actions = new SessionActions(session, this.hooks.catalog(), this.hooks.visibility(),
				(change) -> this.changes.changed(change, created));
		SessionEventSink[] events = new SessionEventSink[1];
		SessionBounds bounds = new SessionBounds(this.resources.bounds(), tenancy,
				() -> events[0].waiting() + created.subscriptions().held() + actions.held());
		Peer peer = new Peer(PeerSettings.builder(Role.SERVER, codec, session)
			.limits(settings.limits())
			.actions(new OfferedActions(actions, this.builtIn))
			.listener(created)
			.errorResolvers(this.hooks.errorResolvers())
			.interceptors(this.hooks.interceptors())
			.timer(this.resources.timer())
			.liveness(new Liveness(settings.keepAliveTimeout(), settings.stallTimeout()))
			.sessionActions(actions::own)
			.questionSender(this.hooks.questionSender())
			.storage(storage(state.id(), owner))
			.totals(this.hooks.totals())
			.bounds(bounds)
			.build());
		events[0] = this.hooks.events().open(session, codec, peer::execute);
		created.init(peer, session, actions, events[0],
				new SessionNotices(this.hooks.listeners(), session, this.hooks.listenerExecutor()), bounds);
		created.subscriptions().onChange(created.actionsSync()::subscribed);
		return created;
	}

	private @Nullable PeerStorage storage(String id, String owner) {
		if (!this.resources.store().isShared()) {
			return null;
		}
		boolean strict = this.resources.settings().durability() == Durability.STRICT;
		return new ServerStorage(this.resources.store(), this.pod, id, owner, strict);
	}

}
