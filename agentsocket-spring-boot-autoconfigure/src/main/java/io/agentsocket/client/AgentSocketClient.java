package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.OfferedActions;
import io.agentsocket.annotation.Internal;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerLoad;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.Traffic;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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

	private final Peer peer;

	private final Connector connector;

	private final RemoteCatalog catalog = new RemoteCatalog();

	private final ActionCatalog offered;

	private final ClientEvents events;

	private final Disposable offeredListener;

	private final Disposable following;

	private final boolean repeatIdempotent;

	private final Duration maxWait;

	/** Makes keys for all calls, or is null. */
	private final @Nullable Supplier<String> idempotencyKeys;

	AgentSocketClient(ClientSettings settings) {
		ClientSession session = new ClientSession(this::close, settings.sessionListeners(),
				settings.sessionListenerExecutor());
		this.offered = settings.offered().actions();
		this.following = settings.offered().following();
		this.repeatIdempotent = settings.repeatIdempotent();
		this.idempotencyKeys = settings.idempotencyKeys() ? new IdempotencyKeySequence() : null;
		this.maxWait = settings.connecting().maxWait();
		this.connector = new Connector(settings, session, this.catalog);
		this.peer = new Peer(PeerSettings.builder(Role.CLIENT, settings.codec(), session)
			.limits(settings.limits())
			.bounds(new ServedBounds(settings.limits()))
			.actions(new OfferedActions(this.offered.viewFor(session), settings.builtIn(this.offered)))
			.listener(this.connector)
			.errorResolvers(settings.errorResolvers())
			.interceptors(settings.interceptors())
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
	public static AgentSocketClientBuilder builder(URI uri) {
		return new AgentSocketClientBuilder(List.of(uri));
	}

	/**
	 * Start to build a client.
	 * @param uri address of the endpoint, such as {@code ws://localhost:8080/agentsocket}
	 * @return a builder
	 */
	public static AgentSocketClientBuilder builder(String uri) {
		return builder(URI.create(uri));
	}

	/**
	 * Start to build a client of a server that has several addresses, each of which
	 * serves every session.
	 * @param uris addresses of the endpoint, at least one
	 * @return a builder
	 */
	public static AgentSocketClientBuilder builder(Collection<URI> uris) {
		return new AgentSocketClientBuilder(uris);
	}

	/**
	 * Connect now rather than at the first invocation.
	 * @return completes when connected, also when that takes several attempts. Fails with
	 * UNAVAILABLE and the reason when there is no connection within {@code maxWait},
	 * after which the client goes on trying, and when the server forbids to try again
	 */
	public Mono<Void> connect() {
		return this.connector.connect();
	}

	/**
	 * Invoke an action of the server.
	 * @param action its name
	 * @return the call, which may be described further before it is made
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
	 * @return the actions in the order of their names, at most 10,000 and 16 MiB
	 */
	public Mono<List<ActionDescriptor>> actions() {
		this.connector.demand();
		return this.catalog.list(this.peer);
	}

	/**
	 * Search the actions of the server.
	 * @param query the search
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
	 * @return a hot stream that ends with this client; a subscriber that does not keep up
	 * misses changes
	 */
	public Flux<CatalogChange> changes() {
		return this.catalog.changes();
	}

	/**
	 * Number of the catalog that the server has: another one means that actions may have
	 * changed without an announcement. Whoever keeps descriptors reads them again then.
	 * @return any number
	 */
	@Internal
	public long catalogGeneration() {
		return this.catalog.generation();
	}

	/**
	 * The actions that this agent offers to the server; changes are announced.
	 * @return the catalog that the builder was given, or, where it was given further
	 * actions or no catalog, one of this client that follows it
	 */
	public ActionCatalog offered() {
		return this.offered;
	}

	/**
	 * Subscribe to events of the server. The server is told the name while there is a
	 * subscriber, also one that came or went without a connection, and after a reset of
	 * the session.
	 * @param name name of the event
	 * @param type type of its payload; an event whose payload does not fit is dropped
	 * @param <T> type of its payload
	 * @return a hot stream that ends with this client; a subscriber that does not keep up
	 * loses the newest events beyond 256, or 4 MiB of payload. Events that are sent to
	 * this session without a subscription arrive too
	 * @throws IllegalArgumentException if that is no name of an event
	 */
	public <T> Flux<T> events(String name, Class<T> type) {
		this.connector.demand();
		return this.events.on(name, type);
	}

	/**
	 * Send an event to the server. Without a connection it waits for one; it is lost
	 * without a word when the session is reset or ends before.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @throws IllegalArgumentException if that is no name of an event
	 * @throws io.agentsocket.codec.CodecException if the payload cannot be encoded
	 * @throws io.agentsocket.protocol.ActionException CANCELLED when the client is
	 * closed, TOO_LARGE if the server accepts no such payload, RESOURCE_EXHAUSTED,
	 * retryable, if too much waits to be sent
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
	 * Why there is no connection.
	 * @return the address and the reason of the latest failure in one line, or
	 * {@code null} while connected and before anything has failed
	 */
	public @Nullable String lastFailure() {
		return this.connector.lastFailure();
	}

	/**
	 * Id of the session.
	 * @return the id, empty before the first connection
	 */
	public String sessionId() {
		return this.peer.session().id();
	}

	/**
	 * The client as an operator sees it.
	 * @return a snapshot
	 */
	@Internal
	public ClientReport report() {
		PeerLoad load = this.peer.load();
		Outage outage = this.connector.outage;
		return new ClientReport(this.connector.state(), outage.counts(), outage.present(), this.maxWait, load.invoked(),
				load.served(), load.queued(), load.unacknowledged());
	}

	/**
	 * Counts of traffic so far.
	 * @return a snapshot
	 */
	public Traffic traffic() {
		return this.peer.traffic();
	}

	/**
	 * End the session and close the connection; open invocations fail with CANCELLED.
	 * @return completes when the server has forgotten the session and closed the
	 * connection, or has taken longer than the
	 * {@linkplain AgentSocketClientBuilder#closeTimeout time for closing}
	 */
	public Mono<Void> close() {
		this.offeredListener.dispose();
		this.following.dispose();
		return this.connector.close().doFinally((signal) -> this.events.close());
	}

}
