package io.agentsocket.server;

import java.security.Principal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Expect;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Identities;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import io.agentsocket.transport.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
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

	private final ServerResources resources;

	private final Map<String, Codec> codecs;

	private final @Nullable HelloAuthenticator authenticator;

	private final Identities identities;

	private final LocalSessions sessions;

	private final Handshake handshake;

	private final SessionLocator locator;

	private final Drain drain;

	private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();

	private final Disposable catalogListener;

	private volatile boolean draining;

	AgentSocketServer(Builder builder) {
		Map<String, Codec> bySubProtocol = new HashMap<>();
		builder.codecs().forEach((codec) -> bySubProtocol.put(codec.subProtocol(), codec));
		this.codecs = Map.copyOf(bySubProtocol);
		this.authenticator = builder.authenticator;
		this.identities = builder.identities;
		PodPeers pod = new PodPeers(builder.link, this::command);
		this.resources = new ServerResources(builder.settings, builder.store, builder.attributes, pod,
				Schedulers.parallel());
		this.sessions = new LocalSessions(this.resources);
		CatalogChanges changes = new CatalogChanges(this.sessions);
		SessionFactory factory = new SessionFactory(this.resources, this.sessions, changes, builder, this::end);
		this.handshake = new Handshake(this.resources, this.sessions, factory, builder.software);
		this.locator = new SessionLocator(this.resources, this.sessions, factory, this::codec);
		this.drain = new Drain(this.resources, this.sessions, this.connections);
		this.catalogListener = builder.catalog.onChange(changes::changed);
		if (builder.store.isShared()) {
			pod.start();
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
		return !this.draining && this.sessions.served().size() < this.resources.settings().maxSessions();
	}

	/**
	 * The sessions that this process serves, detached ones included.
	 * @return a snapshot
	 */
	public List<AgentSession> sessions() {
		return this.sessions.served().stream().<AgentSession>map(ServerSession::session).toList();
	}

	/**
	 * Whether no invocation runs in any session, in either direction.
	 * @return {@code true} when nothing runs
	 */
	public boolean isIdle() {
		return this.sessions.served().stream().allMatch((session) -> session.peer().isIdle());
	}

	Collection<ServerSession> serverSessions() {
		return this.sessions.served();
	}

	/**
	 * Number of open sockets.
	 * @return the number, those before HELLO included
	 */
	public int connections() {
		return this.connections.size();
	}

	private Codec codec(String name) {
		return this.codecs.values()
			.stream()
			.filter((codec) -> codec.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("This pod has no codec " + name));
	}

	/** HELLO arrived: open or resume a session, and attach the connection to it. */
	Mono<ServerSession> open(ServerConnection connection, Hello hello, @Nullable Principal principal) {
		return this.handshake.open(connection, hello, principal);
	}

	/** The way to sessions, wherever their owners are. */
	SessionLocator locator() {
		return this.locator;
	}

	private Mono<Void> end(String id) {
		return this.locator.end(id);
	}

	/** What serves or reaches a session in this process. */
	@Nullable ServerSession present(String id) {
		return this.sessions.present(id);
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
			return this.drain.drain();
		});
	}

	/**
	 * Let go of everything at once, without a word to the clients. Sessions in a shared
	 * store go on in other pods.
	 */
	@Override
	public void close() {
		this.draining = true;
		this.catalogListener.dispose();
		this.drain.close();
	}

	/** Send an event to all who subscribed to it, in all pods. */
	void publishElsewhere(String name, @Nullable Object payload) {
		if (this.resources.store().isShared()) {
			Codec codec = this.codecs.values().iterator().next();
			this.resources.pod().broadcast(Broadcast.pack(name, payload, codec));
		}
	}

	private void command(Bytes packed) {
		Broadcast event = Broadcast.unpack(packed, this::codec);
		AgentSocketOperations.publish(this, event.name(), event.payload());
	}

	/**
	 * How the server treats its connections.
	 * @return the settings that it was built with
	 */
	public ServerSettings settings() {
		return this.resources.settings();
	}

	Scheduler timer() {
		return this.resources.timer();
	}

	@Nullable HelloAuthenticator authenticator() {
		return this.authenticator;
	}

	Identities identities() {
		return this.identities;
	}

	/**
	 * Builds an {@link AgentSocketServer}.
	 */
	public static final class Builder {

		final ActionCatalog catalog;

		ServerSettings settings = ServerSettings.DEFAULTS;

		private @Nullable Collection<? extends Codec> codecs;

		ActionRanking ranking = ActionRanking.standard();

		SessionStore store = new InMemorySessionStore();

		SessionAttributes attributes = SpringSessionAttributes.inMemory();

		PodLink link = new InMemoryPods().link("pod");

		final List<ErrorResolver> errorResolvers = new ArrayList<>();

		final List<ActionInterceptor> interceptors = new ArrayList<>();

		@Nullable HelloAuthenticator authenticator;

		Identities identities = Identities.NONE;

		Software software = new Software("agentsocket-spring-boot", "");

		QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

		EventSinkFactory events = EventSinkFactory.NONE;

		private Builder(ActionCatalog catalog) {
			this.catalog = catalog;
		}

		/**
		 * Set how the server treats its connections.
		 * @param settings the settings
		 * @return this
		 */
		public Builder settings(ServerSettings settings) {
			this.settings = Expect.present("settings", settings);
			return this;
		}

		/**
		 * Change some of the settings and leave the others as they are.
		 * @param change changes them
		 * @return this
		 */
		public Builder settings(Consumer<ServerSettings.Builder> change) {
			ServerSettings.Builder changed = this.settings.mutate();
			change.accept(changed);
			this.settings = changed.build();
			return this;
		}

		/** The default only when it is needed: CBOR may be missing. */
		Collection<? extends Codec> codecs() {
			Collection<? extends Codec> chosen = this.codecs;
			return (chosen != null) ? chosen : List.of(JacksonCodec.cbor(), JacksonCodec.json());
		}

		/**
		 * Set the codecs; CBOR and JSON by default.
		 * @param codecs the codecs
		 * @return this
		 */
		public Builder codecs(Collection<? extends Codec> codecs) {
			this.codecs = Expect.present("codecs", codecs);
			return this;
		}

		/**
		 * Set how {@code as.find} ranks.
		 * @param ranking the ranking
		 * @return this
		 */
		public Builder ranking(ActionRanking ranking) {
			this.ranking = Expect.present("ranking", ranking);
			return this;
		}

		/**
		 * Set where sessions live; in memory by default.
		 * @param store the store
		 * @return this
		 */
		public Builder store(SessionStore store) {
			this.store = Expect.present("store", store);
			return this;
		}

		/**
		 * Set where attributes of sessions live; in memory by default.
		 * @param attributes the attributes
		 * @return this
		 */
		public Builder attributes(SessionAttributes attributes) {
			this.attributes = Expect.present("attributes", attributes);
			return this;
		}

		/**
		 * Set the way to the other pods that share the store.
		 * @param link the link
		 * @return this
		 */
		public Builder link(PodLink link) {
			this.link = Expect.present("link", link);
			return this;
		}

		/**
		 * Stand around all invocations of all sessions, in both directions.
		 * @param interceptor called within those that were added before
		 * @return this
		 */
		public Builder interceptor(ActionInterceptor interceptor) {
			this.interceptors.add(Expect.present("interceptor", interceptor));
			return this;
		}

		/**
		 * Choose errors for exceptions of actions.
		 * @param resolver asked after those that were added before
		 * @return this
		 */
		public Builder errorResolver(ErrorResolver resolver) {
			this.errorResolvers.add(Expect.present("resolver", resolver));
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
		 * Set what brings the principals of a security framework into sessions.
		 * @param identities knows them
		 * @return this
		 */
		public Builder identities(Identities identities) {
			this.identities = Expect.present("identities", identities);
			return this;
		}

		/**
		 * Set what the server says of itself.
		 * @param software name and version
		 * @return this
		 */
		public Builder software(Software software) {
			this.software = Expect.present("software", software);
			return this;
		}

		/**
		 * Set what asks agents questions.
		 * @param questionSender the sender
		 * @return this
		 */
		public Builder questionSender(QuestionSender questionSender) {
			this.questionSender = Expect.present("questionSender", questionSender);
			return this;
		}

		/**
		 * Set who takes the events of a session.
		 * @param events creates what takes them
		 * @return this
		 */
		public Builder events(EventSinkFactory events) {
			this.events = Expect.present("events", events);
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
