package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.action.Answer;
import io.agentsocket.action.ApprovalRequest;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.OfferedActions;
import io.agentsocket.action.QuestionHandlers;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.Traffic;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.transport.NettyWebSocketClient;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * An agent: discovers and invokes the actions of a server over one connection, which it
 * opens when it is first needed and keeps up by itself. Thread-safe; create one for each
 * server and keep it. Implements the client's side of {@code docs/protocol.md}.
 *
 * <p>
 * When the connection is lost the session is resumed: invocations go on as if nothing had
 * happened. If the session is lost, those that may run twice are made again, and the
 * others fail with LOST or SESSION_RESET, never silently. Signals arrive on the event
 * loop of the connection and must not block it.
 */
public final class AgentSocketClient {

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	private final Peer peer;

	private final Connector connector;

	private final RemoteCatalog catalog = new RemoteCatalog();

	private final ActionCatalog offered;

	private final ClientEvents events;

	private final Disposable offeredListener;

	private final boolean repeatIdempotent;

	/** Makes keys for all calls, or is null. */
	private final @Nullable Supplier<String> idempotencyKeys;

	private AgentSocketClient(ClientSettings settings) {
		ClientSession session = new ClientSession(this::close);
		this.offered = settings.offered();
		this.repeatIdempotent = settings.repeatIdempotent();
		this.idempotencyKeys = settings.idempotencyKeys() ? new IdempotencyKeySequence() : null;
		this.connector = new Connector(settings, session, this.catalog);
		this.peer = new Peer(PeerSettings.builder(Role.CLIENT, settings.codec(), session)
			.limits(settings.limits())
			.actions(new OfferedActions(this.offered.viewFor(session), settings.builtIn(this.offered)))
			.listener(this.connector)
			.errorResolvers(settings.errorResolvers())
			.sessionActions(() -> this.offered)
			.questionSender(settings.questionSender())
			.build());
		this.events = new ClientEvents(this.peer,
				settings.events().open(session, settings.codec(), this.peer::execute));
		this.connector.init(this.peer, this.events);
		this.offeredListener = this.offered.onChange(this::changed);
	}

	private void changed(ActionChange change) {
		if (this.peer.session().id().isEmpty()) {
			// There was no connection yet: nobody knows of the catalog.
			return;
		}
		Action action = change.after();
		String hash = this.offered.hash(this.peer.session());
		if (action != null) {
			this.peer.announcer().announce(change.name(), ActionDescriptor.of(action).toMap(), hash);
		}
		else {
			this.peer.announcer().withdraw(change.name(), hash);
		}
	}

	/**
	 * Start to build a client.
	 * @param uri address of the endpoint, {@code ws} or {@code wss}
	 * @return a builder
	 */
	public static Builder builder(URI uri) {
		return new Builder(uri);
	}

	/**
	 * Start to build a client.
	 * @param uri address of the endpoint, such as {@code ws://localhost:8080/agentsocket}
	 * @return a builder
	 */
	public static Builder builder(String uri) {
		return new Builder(URI.create(uri));
	}

	/**
	 * Connect now rather than at the first invocation.
	 * @return completes when connected, also when that takes several attempts; fails when
	 * the server forbids to try again
	 */
	public Mono<Void> connect() {
		return this.connector.connect();
	}

	/**
	 * Invoke an action of the server.
	 * @param action its name
	 * @return what to call
	 * @throws IllegalArgumentException if that is no name
	 */
	public InvocationSpec invoke(String action) {
		this.connector.demand();
		InvocationSpec call = (this.idempotencyKeys != null) ? this.peer.invoke(action, this.idempotencyKeys)
				: this.peer.invoke(action);
		return this.repeatIdempotent ? call : call.idempotent(false);
	}

	/**
	 * All actions of the server, without their schemas. Read once and kept up to date as
	 * long as the server's catalog does not change unseen.
	 * @return the actions in the order of their names, at most 10,000
	 */
	public Mono<List<ActionDescriptor>> actions() {
		this.connector.demand();
		return this.catalog.list(this.peer);
	}

	/**
	 * Search the actions of the server.
	 * @param query what to look for
	 * @return the best ones first, without their schemas
	 */
	public Mono<ActionPage> find(ActionQuery query) {
		this.connector.demand();
		return this.catalog.find(this.peer, query);
	}

	/**
	 * Read the schemas of actions.
	 * @param names names of 1 to 50 actions; unknown ones are left out
	 * @return their descriptors
	 */
	public Flux<ActionDescriptor> describe(String... names) {
		this.connector.demand();
		return this.catalog.describe(this.peer, Arrays.asList(names));
	}

	/**
	 * Actions that appear, change or go while this client is connected.
	 * @return a hot stream; a subscriber that does not keep up misses changes
	 */
	public Flux<CatalogChange> changes() {
		return this.catalog.changes();
	}

	/**
	 * The actions that this agent offers to the server; changes are announced.
	 * @return the catalog that the builder was given, or one of its own
	 */
	public ActionCatalog offered() {
		return this.offered;
	}

	/**
	 * Subscribe to events of the server. The server is told the name while there is a
	 * subscriber, also after a reset of the session.
	 * @param name name of the event
	 * @param type type of its payload; an event whose payload does not fit is dropped
	 * @param <T> type of its payload
	 * @return a hot stream; a subscriber that does not keep up loses the newest events
	 * beyond 256. Events that are sent to this session without a subscription arrive too
	 */
	public <T> Flux<T> events(String name, Class<T> type) {
		this.connector.demand();
		return this.events.on(name, type);
	}

	/**
	 * Send an event to the server.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 */
	public void sendEvent(String name, @Nullable Object payload) {
		this.connector.demand();
		this.peer.events().send(name, payload);
	}

	/**
	 * Where the client stands with its connection.
	 * @return the state
	 */
	public ConnectionState state() {
		return this.connector.state();
	}

	/**
	 * Id of the session.
	 * @return the id, empty before the first connection
	 */
	public String sessionId() {
		return this.peer.session().id();
	}

	/**
	 * What was sent and received so far.
	 * @return a snapshot
	 */
	public Traffic traffic() {
		return this.peer.traffic();
	}

	/**
	 * End the session and close the connection; open invocations fail with CANCELLED.
	 * @return completes when the server was told
	 */
	public Mono<Void> close() {
		this.offeredListener.dispose();
		return this.connector.close(CLOSE_TIMEOUT).doFinally((signal) -> this.events.close());
	}

	/**
	 * Builds an {@link AgentSocketClient}.
	 */
	public static final class Builder {

		private final URI uri;

		private @Nullable Codec codec;

		private Limits limits = Limits.CLIENT;

		private Software software = new Software("agentsocket-java", "");

		private ActionCatalog offered = new ActionCatalog();

		private final List<Action> builtIn = new ArrayList<>();

		private QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

		private EventSinkFactory events = EventSinkFactory.NONE;

		private final List<ErrorResolver> errorResolvers = new ArrayList<>();

		private Consumer<HttpHeaders> headers = (created) -> {
		};

		private @Nullable Mono<String> bearerToken;

		private Backoff backoff = Backoff.DEFAULT;

		private Duration connectTimeout = Duration.ofSeconds(10);

		private Duration maxWait = Duration.ofSeconds(30);

		private boolean repeatIdempotent = true;

		private boolean idempotencyKeys;

		private @Nullable WebSocketClient webSocketClient;

		private Builder(URI uri) {
			String scheme = uri.getScheme();
			if (!"ws".equals(scheme) && !"wss".equals(scheme)) {
				throw new IllegalArgumentException("The address starts with ws:// or wss://, not: " + uri);
			}
			this.uri = uri;
		}

		/**
		 * Set the codec; CBOR by default.
		 * @param codec the codec
		 * @return this
		 */
		public Builder codec(Codec codec) {
			this.codec = codec;
			return this;
		}

		/**
		 * Set what the client accepts.
		 * @param limits the limits
		 * @return this
		 */
		public Builder limits(Limits limits) {
			this.limits = limits;
			return this;
		}

		/**
		 * Set what the client says of itself.
		 * @param name name of the software
		 * @param version its version
		 * @return this
		 */
		public Builder software(String name, String version) {
			this.software = new Software(name, version);
			return this;
		}

		/**
		 * Offer the actions of a catalog to the server; its changes are announced.
		 * @param catalog the catalog, in place of an empty one
		 * @return this
		 */
		public Builder offer(ActionCatalog catalog) {
			this.offered = catalog;
			return this;
		}

		/**
		 * Offer actions to the server.
		 * @param actions the actions, as of {@code AgentTools.actionsOf}
		 * @return this
		 */
		public Builder offer(Collection<Action> actions) {
			this.offered.addAll(actions);
			return this;
		}

		/**
		 * Offer an action that a function runs.
		 * @param name name of the action
		 * @param arguments type of the arguments as a whole
		 * @param function runs it on the event loop and must not block; what it publishes
		 * first is the result
		 * @param <A> type of the arguments
		 * @return this
		 */
		public <A> Builder offer(String name, Class<A> arguments, Function<A, ? extends Publisher<?>> function) {
			this.offered.add(Action.named(name).handler((exchange) -> {
				A decoded = exchange.arguments(arguments);
				if (decoded == null) {
					throw new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments are missing");
				}
				return function.apply(decoded);
			}));
			return this;
		}

		/**
		 * Answer the questions that running actions of the server ask. Without this they
		 * fail there with NOT_FOUND.
		 * @param handler gives the answer when there is one, without blocking; empty
		 * declines
		 * @return this
		 */
		public Builder onQuestion(Function<QuestionRequest, ? extends Publisher<? extends Answer<?>>> handler) {
			this.builtIn.removeIf((action) -> action.name().equals(Names.ASK));
			this.builtIn.add(QuestionHandlers.questions(handler));
			return this;
		}

		/**
		 * Decide whether actions that need approval may run. Without this none of them
		 * runs.
		 * @param handler {@code true} to approve, when it is decided, without blocking
		 * @return this
		 */
		public Builder onApproval(Function<ApprovalRequest, ? extends Publisher<Boolean>> handler) {
			this.builtIn.removeIf((action) -> action.name().equals(Names.APPROVE));
			this.builtIn.add(QuestionHandlers.approvals(handler));
			return this;
		}

		/**
		 * Set what asks the server questions on behalf of this agent's own actions.
		 * @param questionSender the sender
		 * @return this
		 */
		public Builder questionSender(QuestionSender questionSender) {
			this.questionSender = questionSender;
			return this;
		}

		/**
		 * Set who takes the events of the server, beside the subscribers of
		 * {@link AgentSocketClient#events(String, Class)}.
		 * @param events creates what takes them
		 * @return this
		 */
		public Builder events(EventSinkFactory events) {
			this.events = events;
			return this;
		}

		/**
		 * Choose errors for exceptions of the client's own actions.
		 * @param resolver asked after those that were added before
		 * @return this
		 */
		public Builder errorResolver(ErrorResolver resolver) {
			this.errorResolvers.add(resolver);
			return this;
		}

		/**
		 * Add headers to the upgrade request.
		 * @param headers called for each attempt to connect
		 * @return this
		 */
		public Builder headers(Consumer<HttpHeaders> headers) {
			this.headers = this.headers.andThen(headers);
			return this;
		}

		/**
		 * Authenticate with a bearer token.
		 * @param token called for each attempt to connect
		 * @return this
		 */
		public Builder bearerToken(Supplier<String> token) {
			return bearerToken(Mono.fromSupplier(token));
		}

		/**
		 * Authenticate with a bearer token.
		 * @param token subscribed to for each attempt to connect
		 * @return this
		 */
		public Builder bearerToken(Mono<String> token) {
			this.bearerToken = token;
			return this;
		}

		/**
		 * Set how long to wait between attempts to connect.
		 * @param backoff the waits
		 * @return this
		 */
		public Builder backoff(Backoff backoff) {
			this.backoff = backoff;
			return this;
		}

		/**
		 * Set how long an attempt to connect may take; 10 seconds by default.
		 * @param timeout the time
		 * @return this
		 */
		public Builder connectTimeout(Duration timeout) {
			this.connectTimeout = timeout;
			return this;
		}

		/**
		 * Set how long invocations that were not sent wait for a connection before they
		 * fail with UNAVAILABLE; 30 seconds by default. Checked at each failed attempt.
		 * @param maxWait the time
		 * @return this
		 */
		public Builder maxWait(Duration maxWait) {
			this.maxWait = maxWait;
			return this;
		}

		/**
		 * Set whether invocations that were open when the server lost the session are
		 * made again if the server declares their action idempotent or readOnly;
		 * {@code true} by default. Decided for a single one by
		 * {@link InvocationSpec#idempotent(boolean)}. An invocation with an idempotency
		 * key does not run twice and is repeated anyway as long as the session is the
		 * same.
		 * @param repeat whether they are made again
		 * @return this
		 */
		public Builder repeatIdempotent(boolean repeat) {
			this.repeatIdempotent = repeat;
			return this;
		}

		/**
		 * Set whether each invocation that has no idempotency key gets one, unique for
		 * each subscription; {@code false} by default. With a key it survives a reset
		 * that keeps the session, and the action can hand the key on to others. It costs
		 * some 20 bytes for each call, and the server keeps the latest 1,024 keys of a
		 * session with their results.
		 * @param keys whether keys are made
		 * @return this
		 */
		public Builder idempotencyKeys(boolean keys) {
			this.idempotencyKeys = keys;
			return this;
		}

		/**
		 * Use another WebSocket client, for example one with TLS settings of its own. It
		 * must accept messages as large as the limits say.
		 * @param webSocketClient the client
		 * @return this
		 */
		public Builder webSocketClient(WebSocketClient webSocketClient) {
			this.webSocketClient = webSocketClient;
			return this;
		}

		/**
		 * Build the client. Does not connect yet.
		 * @return the client
		 */
		public AgentSocketClient build() {
			WebSocketClient sockets = (this.webSocketClient != null) ? this.webSocketClient : reactorNetty();
			// The default only when it is needed: CBOR may be missing.
			Codec chosen = (this.codec != null) ? this.codec : DefaultCodec.CBOR;
			return new AgentSocketClient(new ClientSettings(this.uri, chosen, this.limits, this.software, this.offered,
					List.copyOf(this.builtIn), this.questionSender, this.events, List.copyOf(this.errorResolvers),
					this.headers, this.bearerToken, this.backoff, this.connectTimeout, this.maxWait,
					this.repeatIdempotent, this.idempotencyKeys, sockets));
		}

		private WebSocketClient reactorNetty() {
			// Not the shared pool, which has 500 connections for a host: a WebSocket
			// never
			// goes back to it.
			HttpClient http = HttpClient.newConnection()
				.option(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) this.connectTimeout.toMillis());
			return new NettyWebSocketClient(http, this.limits.message());
		}

	}

	/**
	 * The codec of all clients that are given none: its readers and writers take longer
	 * to build than a connection.
	 */
	private static final class DefaultCodec {

		static final Codec CBOR = JacksonCodec.cbor();

		private DefaultCodec() {
		}

	}

}
