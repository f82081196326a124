package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Asker;
import io.agentsocket.action.Discovery;
import io.agentsocket.action.OfferedActions;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Software;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.ErrorResolver;
import io.agentsocket.connection.EventSinks;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.PeerStorage;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Claim;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SessionStore.ClaimRequest;
import io.agentsocket.session.SpringSessionAttributes;
import io.agentsocket.session.StoredAgentSession;
import io.agentsocket.session.StoredSession;
import io.agentsocket.transport.WebSocketTransport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * Serves sessions: answers HELLO, attaches sockets to sessions, keeps sessions whose
 * socket is gone, tells them about changes of the catalog, and drains. Thread-safe.
 * Implements the server's half of sections 6, 11 and 15 of {@code docs/protocol.md}.
 */
public final class AgentSocketServer implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(AgentSocketServer.class);

	private static final Duration DRAIN_POLL = Duration.ofMillis(50);

	/** How long a pod that leaves waits for the store. */
	private static final Duration SETTLE = Duration.ofSeconds(2);

	/** Record of the names of events that the agent has subscribed to. */
	private static final String SUBSCRIPTIONS = "xs";

	private final ServerSettings settings;

	private final Map<String, Codec> codecs;

	private final ActionCatalog catalog;

	private final List<Action> builtIn;

	private final SessionStore store;

	private final List<ErrorResolver> errorResolvers;

	private final @Nullable HelloAuthenticator authenticator;

	private final Software software;

	private final Asker asker;

	private final EventSinks events;

	private final Scheduler timer = Schedulers.parallel();

	private final Map<String, ServerSession> sessions = new ConcurrentHashMap<>();

	/** Satellites of sessions that were looked up here. */
	private final Map<String, ServerSession> reached = new ConcurrentHashMap<>();

	private final SessionAttributes attributes;

	private final Pod pod;

	private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();

	private final Disposable catalogListener;

	private volatile boolean draining;

	private AgentSocketServer(Builder builder) {
		this.settings = builder.settings;
		Map<String, Codec> bySubProtocol = new HashMap<>();
		builder.codecs().forEach((codec) -> bySubProtocol.put(codec.subProtocol(), codec));
		this.codecs = Map.copyOf(bySubProtocol);
		this.catalog = builder.catalog;
		List<Action> own = new ArrayList<>(Discovery.actions(this::viewOf, builder.ranking));
		own.add(Subscriptions.action(this::subscriptionsOf));
		this.builtIn = List.copyOf(own);
		this.store = builder.store;
		this.errorResolvers = List.copyOf(builder.errorResolvers);
		this.authenticator = builder.authenticator;
		this.software = builder.software;
		this.asker = builder.asker;
		this.events = builder.events;
		this.attributes = builder.attributes;
		this.pod = new Pod(builder.link, this::command);
		this.catalogListener = this.catalog.onChange(this::changed);
		if (this.store.isShared()) {
			this.pod.start();
		}
	}

	/**
	 * Start to build a server.
	 * @param catalog what it offers
	 * @return a builder
	 */
	public static Builder builder(ActionCatalog catalog) {
		return new Builder(catalog);
	}

	private ActionView viewOf(AgentSession session) {
		ServerSession known = this.sessions.get(session.id());
		return (known != null) ? known.actions() : ActionView.NONE;
	}

	private Subscriptions subscriptionsOf(AgentExchange exchange) {
		ServerSession known = this.sessions.get(exchange.session().id());
		return (known != null) ? known.subscriptions() : new Subscriptions();
	}

	/**
	 * The sub-protocols that can be chosen.
	 * @return their names
	 */
	public Set<String> subProtocols() {
		return Set.copyOf(this.codecs.keySet());
	}

	/**
	 * Serve a socket until it is closed.
	 * @param socket a socket whose sub-protocol is one of {@link #subProtocols()}
	 * @return completes when it is closed, never fails
	 */
	public Mono<Void> serve(WebSocketSession socket) {
		String subProtocol = socket.getHandshakeInfo().getSubProtocol();
		Codec codec = (subProtocol != null) ? this.codecs.get(subProtocol) : null;
		if (codec == null) {
			throw new IllegalArgumentException("The upgrade lets no other sub-protocol through");
		}
		return Mono.deferContextual((context) -> WebSocketTransport.serve(socket, (transport) -> {
			ServerConnection connection = new ServerConnection(this, transport, codec, socket.getHandshakeInfo(),
					context);
			this.connections.add(connection);
			return connection;
		}));
	}

	/**
	 * Whether a further connection is accepted.
	 * @return {@code false} while draining and when there are too many sessions
	 */
	public boolean isAccepting() {
		return !this.draining && this.sessions.size() < this.settings.maxSessions();
	}

	/**
	 * The sessions that this process serves, detached ones included.
	 * @return a snapshot
	 */
	public List<AgentSession> sessions() {
		return this.sessions.values().stream().<AgentSession>map(ServerSession::session).toList();
	}

	/**
	 * Whether no invocation runs in any session, in either direction.
	 * @return {@code true} when nothing runs
	 */
	public boolean isIdle() {
		return this.sessions.values().stream().allMatch((session) -> session.peer().isIdle());
	}

	Collection<ServerSession> serverSessions() {
		return this.sessions.values();
	}

	/**
	 * Number of open sockets.
	 * @return the number, those before HELLO included
	 */
	public int connections() {
		return this.connections.size();
	}

	Mono<ServerSession> open(ServerConnection connection, Hello hello, @Nullable Principal principal) {
		Hello.Resume resume = hello.resume();
		if (resume == null) {
			return create(connection, hello, principal, Welcome.Status.NEW);
		}
		String token = Secrets.token();
		ServerSession known = this.sessions.get(resume.session());
		String candidate = this.pod.newOwner();
		ClaimRequest request = new ClaimRequest(Secrets.hash(resume.token()), Secrets.hash(token), name(principal));
		return this.store.claim(resume.session(), request, (known != null) ? known.owner() : "", candidate, ttl())
			.flatMap((claim) -> (known != null && claim.stored() == null)
					? goOn(known, connection, hello, claim.state(), token)
					: takeOver(connection, hello, principal, claim, candidate, token))
			.switchIfEmpty(Mono.defer(() -> create(connection, hello, principal, Welcome.Status.RESET)));
	}

	private static @Nullable String name(@Nullable Principal principal) {
		return (principal != null) ? principal.getName() : null;
	}

	/** How long the store keeps a session whose owner does not renew it. */
	Duration ttl() {
		Duration detached = this.settings.detachedTtl();
		return this.store.isShared() ? detached.plus(detached.dividedBy(3))
				: this.settings.maxSessionAge().plus(detached);
	}

	private Mono<ServerSession> create(ServerConnection connection, Hello hello, @Nullable Principal principal,
			Welcome.Status status) {
		Software client = hello.client();
		AgentInfo agent = (client != null) ? new AgentInfo(client.name(), client.version()) : AgentInfo.UNKNOWN;
		SessionState state = new SessionState(Secrets.sessionId(), Secrets.logId(), 1, name(principal), agent,
				connection.codec().name(), Instant.now());
		String token = Secrets.token();
		String owner = this.pod.newOwner();
		return this.store.open(state, owner, Secrets.hash(token), ttl())
			.then(this.attributes.create(state, ttl()))
			.then(Mono.fromSupplier(() -> {
				ServerSession created = build(state, principal, connection.codec(), owner, Map.of());
				this.pod.add(created);
				this.sessions.put(state.id(), created);
				created.peer().execute(() -> attach(created, connection, hello, state, token, status));
				return created;
			}));
	}

	private ServerSession build(SessionState state, @Nullable Principal principal, Codec codec, String owner,
			Map<String, Object> attributes) {
		ServerSession created = new ServerSession(this, state, owner);
		StoredAgentSession session = new StoredAgentSession(state, principal, attributes, this.attributes,
				() -> endOf(created));
		SessionActions actions = new SessionActions(session, this.catalog.viewFor(session),
				(change) -> changed(change, created));
		boolean strict = this.settings.durability() == Durability.STRICT;
		PeerStorage storage = this.store.isShared() ? new ServerStorage(this.store, this.pod, state.id(), owner, strict)
				: null;
		Peer peer = new Peer(new PeerSettings(Role.SERVER, codec, this.settings.limits(), session,
				new OfferedActions(actions, this.builtIn), created, this.errorResolvers, this.timer,
				this.settings.keepalive(), this.settings.keepaliveTimeout(), this.settings.stallTimeout(), actions::own,
				this.asker, storage));
		created.init(peer, session, actions, this.events.open(session, codec, peer::execute));
		created.subscriptions()
			.onChange((names) -> peer.ownership().record(SUBSCRIPTIONS, Bytes.utf8(String.join("\n", names))));
		return created;
	}

	private Mono<Void> endOf(ServerSession session) {
		return Mono.defer(() -> {
			if (session.isSatellite()) {
				session.peer().ownership().requestEnd();
				return Mono.empty();
			}
			return end(session, CloseCode.SESSION_ENDED.code());
		});
	}

	private boolean isUsable(SessionState state, ServerConnection connection) {
		return !state.createdAt().plus(this.settings.maxSessionAge()).isBefore(Instant.now())
				&& state.codec().equals(connection.codec().name());
	}

	/** The session is here already. */
	private Mono<ServerSession> goOn(ServerSession known, ServerConnection connection, Hello hello, SessionState state,
			String token) {
		if (!isUsable(state, connection)) {
			return end(known, CloseCode.SESSION_ENDED.code()).then(Mono.empty());
		}
		return Mono.create((sink) -> known.peer().execute(() -> {
			if (known.isEnded() || known.isSatellite()) {
				sink.success();
				return;
			}
			resume(known, connection, hello, state, token, true);
			sink.success(known);
		}));
	}

	/** The session was elsewhere: go on from what was committed. */
	private Mono<ServerSession> takeOver(ServerConnection connection, Hello hello, @Nullable Principal principal,
			Claim claim, String owner, String token) {
		SessionState state = claim.state();
		StoredSession stored = claim.stored();
		if (stored == null || !this.store.isShared() || !isUsable(state, connection)) {
			return this.store.end(state.id()).then(this.attributes.delete(state.id())).then(Mono.empty());
		}
		return this.attributes.load(state.id()).map((attributes) -> {
			ServerSession taken = build(state, principal, connection.codec(), owner, attributes);
			this.pod.add(taken);
			ServerSession stale = this.sessions.put(state.id(), taken);
			if (stale != null) {
				// It did not hear yet that the session had gone to another pod before.
				stale.peer().ownership().moved(Long.MAX_VALUE);
			}
			Bytes subscribed = stored.records().get(SUBSCRIPTIONS);
			if (subscribed != null && !subscribed.isEmpty()) {
				taken.subscriptions().restore(List.of(subscribed.toUtf8().split("\n")));
			}
			taken.peer().execute(() -> {
				taken.peer().ownership().restore(stored);
				tellMoved(taken, claim.previousOwner());
				resume(taken, connection, hello, state, token, !stored.records().containsKey("p0"));
			});
			return taken;
		});
	}

	/** Those at which streams of the session run learn who owns it. */
	private void tellMoved(ServerSession session, String previousOwner) {
		Set<String> told = new HashSet<>(session.peer().ownership().restoredExecutors());
		told.add(previousOwner);
		told.forEach((name) -> this.pod
			.send(new PodMessage(PodMessage.Type.MOVED, session.state().id(), name, session.owner(), Bytes.EMPTY)));
	}

	private void resume(ServerSession session, ServerConnection connection, Hello hello, SessionState state,
			String token, boolean complete) {
		Hello.Resume resume = hello.resume();
		boolean whole = complete && resume != null && resume.log().equals(state.log())
				&& !isSmaller(hello.limits(), session.peer().remote())
				&& session.peer().position().canResume(new Peer.Position(resume.rx(), resume.tx(), resume.first()));
		if (whole) {
			attach(session, connection, hello, state, token, Welcome.Status.RESUMED);
			return;
		}
		SessionState anew = new SessionState(state.id(), Secrets.logId(), state.epoch(), state.principal(),
				state.agent(), state.codec(), state.createdAt());
		session.state(anew);
		session.peer().reset(new ActionException(ErrorCode.SESSION_RESET, "The session was reset"), anew.log());
		attach(session, connection, hello, anew, token, Welcome.Status.RESET);
	}

	/** Another peer owns the session now. */
	void moved(ServerSession session) {
		this.sessions.remove(session.state().id(), session);
	}

	/** A peer has nothing left to do for a session that others own. */
	void released(ServerSession session) {
		this.pod.remove(session);
		this.reached.remove(session.state().id(), session);
		if (!this.sessions.containsKey(session.state().id())) {
			this.attributes.release(session.state().id());
		}
	}

	/**
	 * Reach a session, wherever its owner is.
	 * @return empty when there is none
	 */
	Mono<ServerSession> reach(String id) {
		return Mono.defer(() -> {
			ServerSession known = this.sessions.get(id);
			if (known != null) {
				return Mono.just(known);
			}
			if (!this.store.isShared()) {
				return Mono.empty();
			}
			return this.store.find(id)
				.flatMap((state) -> this.attributes.load(id).map((attributes) -> satellite(state, attributes)))
				.filter((session) -> !session.isEnded());
		});
	}

	private ServerSession satellite(SessionState state, Map<String, Object> attributes) {
		return this.reached.compute(state.id(), (id, before) -> {
			if (before != null && !before.isEnded()) {
				before.session().refresh(attributes);
				return before;
			}
			String principal = state.principal();
			ServerSession created = build(state, (principal != null) ? () -> principal : null, codec(state.codec()),
					this.pod.newOwner(), attributes);
			this.pod.add(created);
			created.orbit(Limits.CLIENT);
			return created;
		});
	}

	private Codec codec(String name) {
		return this.codecs.values()
			.stream()
			.filter((codec) -> codec.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("This pod has no codec " + name));
	}

	/** What was sent under larger limits could not be sent again under smaller ones. */
	private static boolean isSmaller(Limits now, Limits before) {
		return now.window() < before.window() || now.message() < before.message() || now.frame() < before.frame()
				|| now.item() < before.item() || now.items() < before.items() || now.streams() < before.streams();
	}

	/** In the peer's loop: say WELCOME and begin. */
	private void attach(ServerSession session, ServerConnection connection, Hello hello, SessionState state,
			String token, Welcome.Status status) {
		Peer peer = session.peer();
		long received = (status == Welcome.Status.RESUMED && hello.resume() != null) ? hello.resume().rx() : 0;
		Peer.Position position = peer.position();
		Welcome welcome = new Welcome(status, state.id(), token, state.log(), position.received(), received + 1,
				this.settings.detachedTtl().toMillis(), this.settings.keepalive().toMillis(),
				Capacity.of(this.settings.limits(), Limits.SERVER), this.settings.limits().aliases(),
				new Welcome.Catalog(session.actions().hash(), session.actions().actions().size()), this.software);
		FrameWriter writer = new FrameWriter(512);
		writer.write(new Frame.Welcome(welcome.encode(connection.codec())), true);
		session.attached(state);
		peer.attach(new Peer.Attachment(connection.transport(), hello.limits(), writer.take(), received,
				this.settings.keepalive(), connection.context()));
	}

	/** End a session for good. */
	Mono<Void> end(ServerSession session, int closeCode) {
		return Mono.defer(() -> {
			if (!this.sessions.remove(session.state().id(), session)) {
				return Mono.empty();
			}
			stop(session, closeCode);
			return this.store.end(session.state().id()).then(this.attributes.delete(session.state().id()));
		});
	}

	/** End a session in this process. */
	private void stop(ServerSession session, int closeCode) {
		this.pod.remove(session);
		session.peer().execute(session::ended);
		session.peer().end(closeCode, new ActionException(ErrorCode.CANCELLED, "The session has ended"));
	}

	private void changed(ActionChange change) {
		for (ServerSession session : this.sessions.values()) {
			if (!session.actions().isOwn(change.name())) {
				changed(change, session);
			}
		}
	}

	private void changed(ActionChange change, ServerSession session) {
		Action before = change.before();
		Action now = session.actions().find(change.name());
		if (now != null) {
			session.peer().announce(change.name(), ActionDescriptor.of(now).toMap(), session.actions().hash());
		}
		else if (before != null && before.isVisibleTo(session.session())) {
			session.peer().withdraw(change.name(), session.actions().hash());
		}
	}

	void removed(ServerConnection connection) {
		this.connections.remove(connection);
	}

	/**
	 * Move all clients away: sends GOAWAY, lets running invocations finish within the
	 * drain timeout, then closes with 4000. No further connection is accepted. With a
	 * shared store the sessions go on in other pods, and what has not finished here is
	 * run again there or LOST.
	 * @return completes when all sockets were told to close
	 */
	public Mono<Void> drain() {
		return Mono.defer(() -> {
			this.draining = true;
			this.catalogListener.dispose();
			List<ServerSession> attached = this.sessions.values()
				.stream()
				.filter((session) -> session.peer().isAttached())
				.toList();
			if (!attached.isEmpty()) {
				logger.info("Draining " + attached.size() + " connections");
			}
			attached.forEach((session) -> session.peer().execute(session::goAway));
			return poll(this::isQuiet, this.settings.drainTimeout()).then(Mono.fromRunnable(this::closeConnections))
				.then(poll(this::isSettled, this.store.isShared() ? SETTLE : Duration.ZERO))
				.then(Mono.fromRunnable(this::closeAll));
		});
	}

	private Mono<Void> poll(BooleanSupplier done, Duration limit) {
		return Flux.interval(DRAIN_POLL, this.timer)
			.startWith(0L)
			.takeUntil((tick) -> done.getAsBoolean())
			.take(limit)
			.then();
	}

	private boolean isQuiet() {
		return this.pod.peers().stream().allMatch((session) -> session.peer().isIdle());
	}

	private boolean isSettled() {
		return this.pod.peers().stream().allMatch((session) -> session.peer().ownership().isSettled());
	}

	private void closeConnections() {
		for (ServerConnection connection : this.connections) {
			connection.drained();
		}
	}

	private void closeAll() {
		// What still runs is stopped: the process goes, and with it what it knows.
		for (ServerSession session : this.pod.peers()) {
			if (this.store.isShared()) {
				session.letGo();
			}
			else {
				session.run(end(session, CloseCode.DRAIN.code()));
			}
		}
		this.sessions.clear();
		this.pod.leave();
	}

	/**
	 * Let go of everything at once, without a word to the clients. Sessions in a shared
	 * store go on in other pods.
	 */
	@Override
	public void close() {
		this.draining = true;
		this.catalogListener.dispose();
		closeConnections();
		closeAll();
	}

	/** Send an event to all who subscribed to it, in all pods. */
	void publishElsewhere(String name, @Nullable Object payload) {
		if (this.store.isShared()) {
			Codec codec = this.codecs.values().iterator().next();
			this.pod.broadcast(Broadcast.pack(name, payload, codec));
		}
	}

	private void command(Bytes packed) {
		Broadcast event = Broadcast.unpack(packed, this::codec);
		AgentSockets.publish(this, event.name(), event.payload());
	}

	ServerSettings settings() {
		return this.settings;
	}

	SessionStore store() {
		return this.store;
	}

	SessionAttributes attributes() {
		return this.attributes;
	}

	Scheduler timer() {
		return this.timer;
	}

	@Nullable HelloAuthenticator authenticator() {
		return this.authenticator;
	}

	/**
	 * Builds an {@link AgentSocketServer}.
	 */
	public static final class Builder {

		private final ActionCatalog catalog;

		private ServerSettings settings = ServerSettings.DEFAULTS;

		private @Nullable Collection<? extends Codec> codecs;

		private ActionRanking ranking = ActionRanking.standard();

		private SessionStore store = new InMemorySessionStore();

		private SessionAttributes attributes = SpringSessionAttributes.inMemory();

		private PodLink link = new InMemoryPods().link("pod");

		private List<ErrorResolver> errorResolvers = List.of();

		private @Nullable HelloAuthenticator authenticator;

		private Software software = new Software("agentsocket-spring-boot", "");

		private Asker asker = new Asker(TypeSchemas.NONE, Asker.TIMEOUT);

		private EventSinks events = EventSinks.NONE;

		private Builder(ActionCatalog catalog) {
			this.catalog = catalog;
		}

		/**
		 * Set how the server treats its connections.
		 * @param settings the settings
		 * @return this
		 */
		public Builder settings(ServerSettings settings) {
			this.settings = settings;
			return this;
		}

		/** The default only when it is needed: CBOR may be missing. */
		private Collection<? extends Codec> codecs() {
			Collection<? extends Codec> chosen = this.codecs;
			return (chosen != null) ? chosen : List.of(JacksonCodec.cbor(), JacksonCodec.json());
		}

		/**
		 * Set the codecs; CBOR and JSON by default.
		 * @param codecs the codecs
		 * @return this
		 */
		public Builder codecs(Collection<? extends Codec> codecs) {
			this.codecs = codecs;
			return this;
		}

		/**
		 * Set how {@code as.find} ranks.
		 * @param ranking the ranking
		 * @return this
		 */
		public Builder ranking(ActionRanking ranking) {
			this.ranking = ranking;
			return this;
		}

		/**
		 * Set where sessions live; in memory by default.
		 * @param store the store
		 * @return this
		 */
		public Builder store(SessionStore store) {
			this.store = store;
			return this;
		}

		/**
		 * Set where attributes of sessions live; in memory by default.
		 * @param attributes the attributes
		 * @return this
		 */
		public Builder attributes(SessionAttributes attributes) {
			this.attributes = attributes;
			return this;
		}

		/**
		 * Set the way to the other pods that share the store.
		 * @param link the link
		 * @return this
		 */
		public Builder link(PodLink link) {
			this.link = link;
			return this;
		}

		/**
		 * Set what chooses errors for exceptions of actions.
		 * @param resolvers asked in this order
		 * @return this
		 */
		public Builder errorResolvers(List<ErrorResolver> resolvers) {
			this.errorResolvers = resolvers;
			return this;
		}

		/**
		 * Set what authenticates tokens in HELLO; without it they are refused.
		 * @param authenticator the authenticator, or {@code null}
		 * @return this
		 */
		public Builder authenticator(@Nullable HelloAuthenticator authenticator) {
			this.authenticator = authenticator;
			return this;
		}

		/**
		 * Set what the server says of itself.
		 * @param software name and version
		 * @return this
		 */
		public Builder software(Software software) {
			this.software = software;
			return this;
		}

		/**
		 * Set what asks agents questions.
		 * @param asker the asker
		 * @return this
		 */
		public Builder asker(Asker asker) {
			this.asker = asker;
			return this;
		}

		/**
		 * Set who takes the events of a session.
		 * @param events creates what takes them
		 * @return this
		 */
		public Builder events(EventSinks events) {
			this.events = events;
			return this;
		}

		/**
		 * Build the server.
		 * @return the server
		 */
		public AgentSocketServer build() {
			return new AgentSocketServer(this);
		}

	}

}
