package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.StoredAgentSession;
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
public final class AgentSocketServer {

	private static final Log logger = LogFactory.getLog(AgentSocketServer.class);

	private static final Duration DRAIN_POLL = Duration.ofMillis(50);

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
		this.catalogListener = this.catalog.onChange(this::changed);
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

	Optional<ServerSession> session(String id) {
		return Optional.ofNullable(this.sessions.get(id));
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
		return this.store.attach(resume.session(), Secrets.hash(resume.token()), Secrets.hash(token), name(principal))
			.flatMap((state) -> goOn(connection, hello, state, token))
			.switchIfEmpty(Mono.defer(() -> create(connection, hello, principal, Welcome.Status.RESET)));
	}

	private static @Nullable String name(@Nullable Principal principal) {
		return (principal != null) ? principal.getName() : null;
	}

	private Mono<ServerSession> create(ServerConnection connection, Hello hello, @Nullable Principal principal,
			Welcome.Status status) {
		Software client = hello.client();
		AgentInfo agent = (client != null) ? new AgentInfo(client.name(), client.version()) : AgentInfo.UNKNOWN;
		SessionState state = new SessionState(Secrets.sessionId(), Secrets.logId(), 1, name(principal), agent,
				connection.codec().name(), Instant.now());
		String token = Secrets.token();
		return this.store.open(state, Secrets.hash(token)).then(Mono.fromSupplier(() -> {
			ServerSession created = build(state, principal, connection.codec());
			this.sessions.put(state.id(), created);
			created.peer().execute(() -> attach(created, connection, hello, state, token, status));
			return created;
		}));
	}

	private ServerSession build(SessionState state, @Nullable Principal principal, Codec codec) {
		ServerSession created = new ServerSession(this, state);
		StoredAgentSession session = new StoredAgentSession(state, principal, Map.of(), this.store,
				() -> end(created, CloseCode.SESSION_ENDED.code()));
		SessionActions actions = new SessionActions(session, this.catalog.viewFor(session),
				(change) -> changed(change, created));
		Peer peer = new Peer(new PeerSettings(Role.SERVER, codec, this.settings.limits(), session,
				new OfferedActions(actions, this.builtIn), created, this.errorResolvers, this.timer,
				this.settings.keepalive(), this.settings.keepaliveTimeout(), this.settings.stallTimeout(), actions::own,
				this.asker));
		created.init(peer, session, actions, this.events.open(session, codec, peer::execute));
		return created;
	}

	private Mono<ServerSession> goOn(ServerConnection connection, Hello hello, SessionState state, String token) {
		ServerSession known = this.sessions.get(state.id());
		boolean tooOld = state.createdAt().plus(this.settings.maxSessionAge()).isBefore(Instant.now());
		boolean otherCodec = !state.codec().equals(connection.codec().name());
		if (known == null || tooOld || otherCodec) {
			Mono<Void> end = (known != null) ? end(known, CloseCode.SESSION_ENDED.code()) : this.store.end(state.id());
			return end.then(Mono.empty());
		}
		return Mono.create((sink) -> known.peer().execute(() -> {
			if (known.isEnded()) {
				sink.success();
				return;
			}
			resume(known, connection, hello, state, token);
			sink.success(known);
		}));
	}

	private void resume(ServerSession session, ServerConnection connection, Hello hello, SessionState state,
			String token) {
		Hello.Resume resume = hello.resume();
		boolean whole = resume != null && resume.log().equals(state.log())
				&& !isSmaller(hello.limits(), session.peer().remote())
				&& session.peer().position().canResume(new Peer.Position(resume.rx(), resume.tx(), resume.first()));
		if (whole) {
			attach(session, connection, hello, state, token, Welcome.Status.RESUMED);
			return;
		}
		SessionState anew = new SessionState(state.id(), Secrets.logId(), state.epoch(), state.principal(),
				state.agent(), state.codec(), state.createdAt());
		session.newLog(anew);
		session.peer().reset(new ActionException(ErrorCode.SESSION_RESET, "The session was reset"));
		attach(session, connection, hello, anew, token, Welcome.Status.RESET);
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
			session.peer().execute(session::ended);
			session.peer().end(closeCode, new ActionException(ErrorCode.CANCELLED, "The session has ended"));
			return this.store.end(session.state().id());
		});
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
	 * drain timeout, then closes with 4000. No further connection is accepted.
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
			return Flux.interval(DRAIN_POLL, this.timer)
				.startWith(0L)
				.takeUntil((tick) -> attached.stream().allMatch((session) -> session.peer().isIdle()))
				.take(this.settings.drainTimeout())
				.then(Mono.fromRunnable(this::closeAll));
		});
	}

	private void closeAll() {
		for (ServerConnection connection : this.connections) {
			connection.drained();
		}
		// What still runs is stopped: the process goes, and with it what it knows.
		for (ServerSession session : List.copyOf(this.sessions.values())) {
			session.run(end(session, CloseCode.DRAIN.code()));
		}
	}

	ServerSettings settings() {
		return this.settings;
	}

	SessionStore store() {
		return this.store;
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
