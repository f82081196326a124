package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.Answer;
import io.agentsocket.action.ApprovalRequest;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.FunctionAction;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.QuestionHandlers;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Software;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.transport.SocketConnector;
import io.agentsocket.transport.SpringConnector;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Builds an {@link AgentSocketClient}. Each setter checks its argument. Not thread-safe;
 * a client does not change with the builder that it was built with.
 */
public final class AgentSocketClientBuilder {

	private final ConnectingBuilder connecting;

	private @Nullable Codec codec;

	private Limits limits = Limits.CLIENT;

	private Software software = new Software("agentsocket-java", "");

	/** The catalog of somebody else. */
	private @Nullable ActionCatalog given;

	/** Actions of the clients alone. */
	private final ActionCatalog own = new ActionCatalog();

	private final List<Action> answering = new ArrayList<>();

	private QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

	private EventSinkFactory events = EventSinkFactory.NONE;

	private final List<ErrorResolver> errorResolvers = new ArrayList<>();

	private final List<ActionInterceptor> interceptors = new ArrayList<>();

	private final List<AgentSessionListener> sessionListeners = new ArrayList<>();

	private Executor sessionListenerExecutor = Schedulers.boundedElastic()::schedule;

	private boolean repeatIdempotent = true;

	private boolean idempotencyKeys;

	AgentSocketClientBuilder(Collection<URI> uris) {
		this.connecting = new ConnectingBuilder(uris);
	}

	/**
	 * Set which of several addresses is tried first; in the order of the list by default.
	 * @param policy the policy
	 * @return this
	 */
	public AgentSocketClientBuilder uriPolicy(UriPolicy policy) {
		this.connecting.uriPolicy = Expect.present("policy", policy);
		return this;
	}

	/**
	 * Set the codec; CBOR by default.
	 * @param codec the codec
	 * @return this
	 */
	public AgentSocketClientBuilder codec(Codec codec) {
		this.codec = Expect.present("codec", codec);
		return this;
	}

	/**
	 * Set the limits of the client as a receiver.
	 * @param limits the limits
	 * @return this
	 */
	public AgentSocketClientBuilder limits(Limits limits) {
		this.limits = Expect.told("limits", limits);
		return this;
	}

	/**
	 * Set name and version that the client gives to servers.
	 * @param name name of the software
	 * @param version its version
	 * @return this
	 */
	public AgentSocketClientBuilder software(String name, String version) {
		this.software = new Software(Expect.present("name", name), Expect.present("version", version));
		return this;
	}

	/**
	 * Offer the actions of a catalog to the server; its changes are announced.
	 * @param catalog the catalog, in place of one that was given before
	 * @return this
	 */
	public AgentSocketClientBuilder offer(ActionCatalog catalog) {
		this.given = Expect.present("catalog", catalog);
		return this;
	}

	/**
	 * Offer actions to the server, beside those of a catalog. They do not get into it,
	 * and have their names alone.
	 * @param actions the actions, as of {@code AgentTools.actionsOf}
	 * @return this
	 */
	public AgentSocketClientBuilder offer(Collection<Action> actions) {
		this.own.addAll(Expect.present("actions", actions));
		return this;
	}

	/**
	 * Offer an action that a function runs.
	 * @param name name of the action
	 * @param arguments type of the arguments as a whole; {@code Void.class} for none
	 * @param function runs it on the event loop and must not block; what it publishes
	 * first is the result
	 * @param <A> type of the arguments
	 * @return this
	 */
	public <A> AgentSocketClientBuilder offer(String name, Class<A> arguments,
			Function<A, ? extends Publisher<?>> function) {
		return offer(List.of(FunctionAction.named(name, arguments, function)));
	}

	/**
	 * Answer the questions that running actions of the server ask. Without this they fail
	 * there with FAILED_PRECONDITION.
	 * @param handler gives the answer when there is one, without blocking; empty declines
	 * @return this
	 */
	public AgentSocketClientBuilder onQuestion(
			Function<QuestionRequest, ? extends Publisher<? extends Answer<?>>> handler) {
		return answer(QuestionHandlers.questions(Expect.present("handler", handler)));
	}

	/**
	 * Decide whether actions that need approval may run. Without this none of them runs.
	 * @param handler {@code true} to approve, when it is decided, without blocking
	 * @return this
	 */
	public AgentSocketClientBuilder onApproval(Function<ApprovalRequest, ? extends Publisher<Boolean>> handler) {
		return answer(QuestionHandlers.approvals(Expect.present("handler", handler)));
	}

	private AgentSocketClientBuilder answer(Action answer) {
		this.answering.removeIf((action) -> action.name().equals(answer.name()));
		this.answering.add(answer);
		return this;
	}

	/**
	 * Set the sender of questions to the server on behalf of this agent's own actions.
	 * @param questionSender the questionSender
	 * @return this
	 */
	@Internal
	public AgentSocketClientBuilder questionSender(QuestionSender questionSender) {
		this.questionSender = Expect.present("questionSender", questionSender);
		return this;
	}

	/**
	 * Set the receiver of the events of the server, beside the subscribers of
	 * {@link AgentSocketClient#events(String, Class)}.
	 * @param events creates the receiver
	 * @return this
	 */
	@Internal
	public AgentSocketClientBuilder events(EventSinkFactory events) {
		this.events = Expect.present("events", events);
		return this;
	}

	/**
	 * Stand around all invocations in both directions.
	 * @param interceptor called within those that were added before
	 * @return this
	 */
	public AgentSocketClientBuilder interceptor(ActionInterceptor interceptor) {
		this.interceptors.add(Expect.present("interceptor", interceptor));
		return this;
	}

	/**
	 * Be told of the life of the client's session.
	 * @param listener called after those that were added before
	 * @return this
	 */
	public AgentSocketClientBuilder sessionListener(AgentSessionListener listener) {
		this.sessionListeners.add(Expect.present("listener", listener));
		return this;
	}

	/**
	 * Set the executor that calls the listeners of sessions, which may block; that of
	 * {@link Schedulers#boundedElastic()} by default.
	 * @param executor the executor
	 * @return this
	 */
	public AgentSocketClientBuilder sessionListenerExecutor(Executor executor) {
		this.sessionListenerExecutor = Expect.present("executor", executor);
		return this;
	}

	/**
	 * Choose errors for exceptions of the client's own actions.
	 * @param resolver asked after those that were added before
	 * @return this
	 */
	public AgentSocketClientBuilder errorResolver(ErrorResolver resolver) {
		this.errorResolvers.add(Expect.present("resolver", resolver));
		return this;
	}

	/**
	 * Add headers to the upgrade request.
	 * @param headers called for each attempt to connect
	 * @return this
	 */
	public AgentSocketClientBuilder headers(Consumer<HttpHeaders> headers) {
		this.connecting.headers = this.connecting.headers.andThen(Expect.present("headers", headers));
		return this;
	}

	/**
	 * Authenticate with a bearer token that never changes: 401 is final then.
	 * @param token the token
	 * @return this
	 */
	public AgentSocketClientBuilder bearerToken(String token) {
		this.connecting.credential = this.connecting.credential.fixed(Expect.present("token", token));
		return this;
	}

	/**
	 * Authenticate with a bearer token that may change. A server that answers 401, or
	 * closes with 4501, is asked again, see {@link #refusalTimeout(Duration)}.
	 * @param token called for each attempt to connect; may block
	 * @return this
	 */
	public AgentSocketClientBuilder bearerToken(Supplier<String> token) {
		this.connecting.credential = this.connecting.credential.renewable(Expect.present("token", token));
		return this;
	}

	/**
	 * Authenticate with a bearer token that may change, as one that is called for.
	 * @param token subscribed to for each attempt to connect
	 * @return this
	 */
	public AgentSocketClientBuilder bearerToken(Mono<String> token) {
		this.connecting.credential = this.connecting.credential.renewable(Expect.present("token", token));
		return this;
	}

	/**
	 * Send the token in HELLO, as browsers do, and not as a header of the upgrade.
	 * @return this
	 */
	public AgentSocketClientBuilder tokenInHello() {
		this.connecting.credential = this.connecting.credential.inHello();
		return this;
	}

	/**
	 * Set how long to wait between attempts to connect.
	 * @param backoff the waits
	 * @return this
	 */
	public AgentSocketClientBuilder backoff(Backoff backoff) {
		this.connecting.backoff = Expect.present("backoff", backoff);
		return this;
	}

	/**
	 * Set the time of an attempt, from the token to WELCOME; 10 seconds by default.
	 * @param timeout the time, longer than 0
	 * @return this
	 */
	public AgentSocketClientBuilder connectTimeout(Duration timeout) {
		this.connecting.connectTimeout = Expect.positive("connectTimeout", timeout);
		return this;
	}

	/**
	 * Set how long each invocation that was not sent, and each call of
	 * {@link AgentSocketClient#connect()}, waits for a connection before it fails with
	 * UNAVAILABLE; 30 seconds by default.
	 * @param maxWait the time, 0 to wait for nothing
	 * @return this
	 */
	public AgentSocketClientBuilder maxWait(Duration maxWait) {
		this.connecting.maxWait = Expect.notNegative("maxWait", maxWait);
		return this;
	}

	/**
	 * Set how long the client tries again while the server answers what may be due to a
	 * deploy or to a token that was just renewed: status 404, 401 or close code 4501 if
	 * the token may change, and statuses that no server of this protocol answers; 2
	 * minutes by default. Other statuses from 400 to 499, except 408, 425 and 429, are
	 * final at once.
	 * @param timeout the time, 0 to make all of them final
	 * @return this
	 */
	public AgentSocketClientBuilder refusalTimeout(Duration timeout) {
		this.connecting.refusalTimeout = Expect.notNegative("refusalTimeout", timeout);
		return this;
	}

	/**
	 * Set whether invocations that were open when the server lost the session are made
	 * again if the server declares their action idempotent or readOnly; {@code true} by
	 * default. Decided for a single one by {@link InvocationSpec#idempotent(boolean)}. An
	 * invocation with an idempotency key does not run twice and is repeated anyway as
	 * long as the session is the same.
	 * @param repeat whether they are made again
	 * @return this
	 */
	public AgentSocketClientBuilder repeatIdempotent(boolean repeat) {
		this.repeatIdempotent = repeat;
		return this;
	}

	/**
	 * Set whether each invocation that has no idempotency key gets one, unique for each
	 * subscription; {@code false} by default. With a key it survives a reset that keeps
	 * the session, and the action can hand the key on to others. It costs some 20 bytes
	 * for each call, and the server keeps the latest 1,024 keys of a session with their
	 * results.
	 * @param keys whether keys are made
	 * @return this
	 */
	public AgentSocketClientBuilder idempotencyKeys(boolean keys) {
		this.idempotencyKeys = keys;
		return this;
	}

	/**
	 * Set the time until a connection is closed by force; 5 seconds by default.
	 * @param timeout the time, longer than 0
	 * @return this
	 */
	public AgentSocketClientBuilder closeTimeout(Duration timeout) {
		this.connecting.closeTimeout = Expect.positive("closeTimeout", timeout);
		return this;
	}

	/**
	 * Change the HTTP client of Reactor Netty, for example its TLS settings or its proxy.
	 * @param change gives the changed client; after the changes that were added before
	 * @return this
	 */
	public AgentSocketClientBuilder httpClient(UnaryOperator<HttpClient> change) {
		this.connecting.httpClient = this.connecting.httpClient.andThen(Expect.present("change", change))::apply;
		return this;
	}

	/**
	 * Use another WebSocket client, which ignores {@link #httpClient}. It must accept
	 * messages as large as the limits say.
	 * @param webSocketClient the client
	 * @return this
	 */
	public AgentSocketClientBuilder webSocketClient(WebSocketClient webSocketClient) {
		this.connecting.connector = new SpringConnector(Expect.present("webSocketClient", webSocketClient));
		return this;
	}

	/** Set the opener of sockets, in place of a client of HTTP. */
	@Internal
	public AgentSocketClientBuilder connector(SocketConnector connector) {
		this.connecting.connector = Expect.present("connector", connector);
		return this;
	}

	/**
	 * Build the client. Does not connect yet.
	 * @return the client
	 */
	public AgentSocketClient build() {
		return new AgentSocketClient(new ClientSettings(this.connecting.build(this.limits),
				(this.codec != null) ? this.codec : ClientDefaults.codec(), this.limits, this.software,
				OfferedCatalog.of(this.given, this.own), this.answering, this.questionSender, this.events,
				this.errorResolvers, this.interceptors, this.sessionListeners, this.sessionListenerExecutor,
				this.repeatIdempotent, this.idempotencyKeys));
	}

}
