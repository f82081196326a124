package io.agentsocket.server;

import java.security.Principal;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.PodLink;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Serves sessions: answers HELLO, attaches sockets to sessions, keeps sessions whose
 * socket is gone, tells them about changes of the catalog, and drains. Thread-safe.
 * Implements the server's half of sections 6, 11 and 15 of {@code docs/protocol.md}.
 */
public final class AgentSocketServer implements AutoCloseable {

	private final AgentSocketServerBuilder blueprint;

	private final ServerResources resources;

	private final Host host = new Host();

	private final PodPeers pod;

	private final Map<String, Codec> codecs;

	private final AgentAuthentication authentication;

	private final LocalSessions sessions;

	private final Handshake handshake;

	private final SessionLocator locator;

	private final Drain drain;

	private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();

	private final Disposable catalogListener;

	private final PodBounds bounds;

	private final PodCommands commands;

	private final OperatorView operators;

	private final DirectCalls directCalls;

	private volatile boolean draining;

	AgentSocketServer(AgentSocketServerBuilder builder) {
		this.blueprint = builder.copy();
		Map<String, Codec> bySubProtocol = new HashMap<>();
		builder.codecs().forEach((codec) -> bySubProtocol.put(codec.subProtocol(), codec));
		this.codecs = Map.copyOf(bySubProtocol);
		this.authentication = new AgentAuthentication(builder.identities, builder.authenticator);
		this.pod = new PodPeers(builder.link, this::command);
		this.bounds = new PodBounds(sizes(builder.settings), builder.rates);
		this.resources = new ServerResources(builder.settings, builder.store, builder.attributes, builder.identities,
				this.bounds, Schedulers.parallel());
		this.sessions = new LocalSessions(this.resources, this.pod);
		this.commands = new PodCommands(this.sessions, this.codecs.values(),
				builder.store.isShared() ? this.pod : null);
		this.operators = new OperatorView(this.resources, this.pod, this.sessions, this.commands);
		CatalogChanges changes = new CatalogChanges(this.sessions);
		ServerHooks hooks = builder.hooks();
		SessionFactory factory = new SessionFactory(this.resources, this.pod, this.sessions, changes, hooks, this::end);
		this.directCalls = new DirectCalls(hooks, this.bounds, builder.identities, this.pod.mail(),
				() -> this.draining);
		this.handshake = new Handshake(this.resources, this.pod, this.sessions, factory, builder.software,
				this.connections::size);
		this.locator = new SessionLocator(this.resources, this.pod, this.sessions, factory, this::codec);
		this.drain = new Drain(this.resources, this.pod, this.sessions, this.connections);
		this.bounds.memory().onPressure(new Shedding(this.resources, this.sessions)::start);
		this.catalogListener = builder.catalog.onChange(changes::changed);
		if (builder.store.isShared()) {
			this.pod.start();
		}
	}

	private static PodBounds.Sizes sizes(ServerSettings settings) {
		ServerBounds bounds = settings.bounds();
		return new PodBounds.Sizes(bounds.maxConnections(), bounds.maxHandshakes(), bounds.maxHandshakesPerAddress(),
				settings.helloTimeout(), bounds.maxSessionsPerPrincipal(), bounds.maxSessionsPerAddress(),
				bounds.maxInvocationsPerPrincipal(), bounds.maxInvocationsPerAddress(), bounds.sessionMemory(),
				bounds.memory());
	}

	/**
	 * Start to build a server.
	 * @param catalog the actions that it offers
	 * @return a builder
	 */
	public static AgentSocketServerBuilder builder(ActionCatalog catalog) {
		return new AgentSocketServerBuilder(catalog);
	}

	/**
	 * Build the same server once more, as another pod in this process. The two share
	 * store, catalog and everything else but the link.
	 * @param link the way of the new pod to the others
	 * @return a server of its own, to be closed by the caller
	 * @throws IllegalStateException if the store is not one that pods can share
	 */
	@Internal
	public AgentSocketServer anotherPod(PodLink link) {
		if (!this.resources.store().isShared()) {
			throw new IllegalStateException("The sessions of this server are in a store that no other pod sees");
		}
		return this.blueprint.copy().link(link).build();
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
	 * @param socket makes the socket, on its event loop
	 * @param subProtocol the sub-protocol of the upgrade, one of {@link #subProtocols()}
	 * @param upgrade the request that was upgraded
	 * @return completes when it is closed, never fails; its Reactor context is the one of
	 * the invocations
	 */
	@Internal
	public Mono<Void> serve(Supplier<Socket> socket, String subProtocol, UpgradeRequest upgrade) {
		Codec codec = this.codecs.get(subProtocol);
		if (codec == null) {
			throw new IllegalArgumentException("The upgrade lets no other sub-protocol through");
		}
		return Mono
			.deferContextual((context) -> WebSocketTransport.serve(socket, settings().closeTimeout(), (transport) -> {
				ServerConnection connection = new ServerConnection(this.host, transport, codec, upgrade, context);
				this.connections.add(connection);
				return connection;
			}));
	}

	/**
	 * Whether a further agent is let in that has no session yet.
	 * @return {@code false} while draining, and when there are too many sessions or they
	 * hold too much
	 */
	public boolean isAccepting() {
		return obstacle() == null;
	}

	/** The reason for which such an agent is kept out; null while none is. */
	@Internal
	public @Nullable String obstacle() {
		return this.draining ? "draining" : this.bounds.obstacle(this.connections.size(), this.sessions.served().size(),
				this.resources.settings().maxSessions());
	}

	/**
	 * The bounds of all sessions together, and how much of them is used.
	 * @return the bounds
	 */
	@Internal
	public PodBounds bounds() {
		return this.bounds;
	}

	/**
	 * The sessions that this process serves, detached ones included.
	 * @return a snapshot
	 */
	public List<AgentSession> sessions() {
		return this.sessions.served().stream().<AgentSession>map(ServerSession::session).toList();
	}

	/**
	 * The server as its operators see it.
	 * @return the view
	 */
	@Internal
	public OperatorView operators() {
		return this.operators;
	}

	/**
	 * Whether the server leaves.
	 * @return {@code true} from the begin of {@link #drain()} on
	 */
	@Internal
	public boolean isDraining() {
		return this.draining;
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

	/**
	 * Messages from pod to pod that are not about the work of the server.
	 * @return the way to the other pods
	 */
	@Internal
	public PodMail mail() {
		return this.pod.mail();
	}

	/**
	 * The server as calls of other protocols need it.
	 * @return the way in for calls that belong to no session
	 */
	@Internal
	public DirectCalls directCalls() {
		return this.directCalls;
	}

	/** The way to sessions, wherever their owners are. */
	SessionLocator locator() {
		return this.locator;
	}

	private Mono<Void> end(String id) {
		return this.locator.end(id);
	}

	/** Finds the peer that serves or reaches a session in this process. */
	@Nullable ServerSession present(String id) {
		return this.sessions.present(id);
	}

	/**
	 * Move all clients away: sends GOAWAY, lets running invocations finish within the
	 * drain timeout, then closes with 4000. No further connection is accepted. With a
	 * shared store the sessions go on in other pods, and what has not finished here is
	 * run again there or LOST.
	 * @return completes when all sockets are closed, by force those whose peers take
	 * longer than {@link ServerSettings#closeTimeout()} for it
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

	/** Commands to this pod and all others. */
	PodCommands commands() {
		return this.commands;
	}

	private void command(Bytes packed) {
		this.commands.receive(packed);
	}

	/**
	 * How the server treats its connections.
	 * @return the settings that it was built with
	 */
	public ServerSettings settings() {
		return this.resources.settings();
	}

	/** The server as connections see it. */
	private final class Host implements ConnectionHost {

		private final BrokenRules brokenRules = new BrokenRules();

		@Override
		public ServerSettings settings() {
			return AgentSocketServer.this.resources.settings();
		}

		@Override
		public Scheduler timer() {
			return AgentSocketServer.this.resources.timer();
		}

		@Override
		public AgentAuthentication authentication() {
			return AgentSocketServer.this.authentication;
		}

		@Override
		public Mono<ServerSession> open(HelloConnection connection, Hello hello, @Nullable Principal principal) {
			return AgentSocketServer.this.handshake.open(connection, hello, principal);
		}

		@Override
		public PodBounds bounds() {
			return AgentSocketServer.this.bounds;
		}

		@Override
		public BrokenRules brokenRules() {
			return this.brokenRules;
		}

		@Override
		public void removed(HelloConnection connection) {
			AgentSocketServer.this.connections.remove(connection);
		}

	}

}
