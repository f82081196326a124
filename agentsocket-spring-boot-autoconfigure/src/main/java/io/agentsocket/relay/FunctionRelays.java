package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRestorer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.relay.answer.RelayMemory;
import io.agentsocket.relay.answer.RequestReader;
import io.agentsocket.relay.push.Announcements;
import io.agentsocket.relay.push.CallbackTokens;
import io.agentsocket.relay.push.CallbackWebHandler;
import io.agentsocket.relay.push.Callbacks;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.relay.push.Pushes;
import io.agentsocket.relay.push.ReachableSessions;
import io.agentsocket.relay.transport.AddressRules;
import io.agentsocket.relay.transport.NettyTransport;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * The functions of a pod. Their actions are in its catalog until {@link #close()}.
 * Thread-safe.
 */
public final class FunctionRelays implements AutoCloseable, FunctionReports {

	private static final Log logger = PrintableLog.of(FunctionRelays.class);

	/** Idle connections are closed before most platforms do it. */
	private static final Duration IDLE_CONNECTION = Duration.ofSeconds(20);

	private final ActionCatalog catalog;

	private final RelayEnvironment environment;

	private final Map<String, Entry> functions = new ConcurrentHashMap<>();

	private FunctionRelays(Builder builder) {
		this.catalog = builder.catalog;
		this.environment = RelayEnvironment.of(builder.codecs, builder.askTimeout, builder.listener, builder.observer,
				builder.claims, (builder.callbacks != null) ? builder.callbacks.apply(builder) : null, builder.memory,
				builder.timer);
		this.catalog.restorer(this::restore);
	}

	/** Offers an action in a session whose pod is gone. */
	private boolean restore(ActionRestorer.Offer offer) {
		Entry entry = this.functions.get(String.valueOf(offer.recipe().get("function")));
		try {
			if (entry != null) {
				entry.actions().restore(offer);
			}
			return entry != null;
		}
		catch (FunctionFailure ex) {
			logger.warn("Action " + offer.descriptor().name() + " cannot be offered here: " + ex.reason());
			return false;
		}
		catch (RuntimeException ex) {
			logger.warn("Action " + offer.descriptor().name() + " cannot be offered here", ex);
			return false;
		}
	}

	/**
	 * Start to build.
	 * @param catalog the actions of the pod
	 * @param codecs the codecs of requests and answers
	 * @return a builder
	 */
	public static Builder builder(ActionCatalog catalog, RelayCodecs codecs) {
		return new Builder(catalog, codecs);
	}

	/**
	 * Add a function and offer its actions.
	 * @param settings its settings
	 * @param actions its actions
	 * @param rules forbids addresses, or {@code null} to forbid none
	 * @param guard stands before its requests
	 * @param http changes the client, such as its TLS
	 * @throws IllegalStateException if the name of an action is taken
	 */
	public void add(FunctionSettings settings, List<RelayedAction> actions, @Nullable AddressRules rules,
			CallGuard guard, UnaryOperator<HttpClient> http) {
		ConnectionProvider pool = ConnectionProvider.builder("agentsocket-function-" + settings.name())
			.maxConnections(settings.concurrency())
			.allocationStrategy(new OpenAhead(settings.upkeep().minConnections(), settings.concurrency()))
			.pendingAcquireMaxCount(settings.concurrency())
			.pendingAcquireTimeout(settings.times().connect())
			.maxIdleTime(IDLE_CONNECTION)
			.build();
		NettyTransport transport = new NettyTransport(pool, settings.times().connect(), rules, http,
				this.environment.timer());
		FunctionRelay relay = new FunctionRelay(settings, this.environment, transport, guard);
		RelayedActions relayed = new RelayedActions(relay, this.catalog);
		this.catalog.addAll(actions.stream().map(relayed::action).toList());
		FunctionUpkeep upkeep = new FunctionUpkeep(relay, relayed, this.catalog);
		this.functions.put(settings.name(), new Entry(relayed, upkeep, pool));
	}

	/** Begin to ask functions for their actions, and to warm them up. */
	public void start() {
		this.functions.values().forEach((entry) -> entry.upkeep().start());
	}

	/**
	 * A session was opened, or has ended.
	 * @param session the session
	 * @param opened whether it was opened
	 */
	public void session(AgentSession session, boolean opened) {
		Map<String, Object> told = Map.of("session", RequestBodies.session(session));
		this.functions.values()
			.forEach((entry) -> entry.upkeep().session(opened ? "session.opened" : "session.closed", told));
	}

	/** An agent has connected: functions may be called soon. */
	public void connected() {
		this.functions.values().forEach((entry) -> entry.upkeep().connected());
	}

	/**
	 * The endpoint for pushes.
	 * @param sessions finds sessions
	 * @return a handler of all paths below that of the callbacks
	 * @throws IllegalStateException if there are no callbacks
	 */
	public CallbackWebHandler webHandler(ReachableSessions sessions) {
		return webHandler(sessions, RequestReader.TIMEOUT);
	}

	CallbackWebHandler webHandler(ReachableSessions sessions, Duration bodyTimeout) {
		Callbacks callbacks = this.environment.callbacks();
		if (callbacks == null) {
			throw new IllegalStateException("There are no callbacks");
		}
		Pushes pushes = new Pushes(callbacks, sessions, this::announcements, this.environment.codecs().json(),
				this.environment.timer());
		callbacks.announcer(pushes::change);
		return new CallbackWebHandler(callbacks, pushes, this.environment.listener()::pushed,
				this.environment.codecs().json(), bodyTimeout);
	}

	private @Nullable Announcements announcements(String function) {
		Entry entry = this.functions.get(function);
		return (entry != null) ? entry.actions() : null;
	}

	@Override
	public List<FunctionReport> reports() {
		return this.functions.values()
			.stream()
			.map((entry) -> entry.actions().report())
			.sorted(Comparator.comparing(FunctionReport::name))
			.toList();
	}

	/** Number of invocations that may be pushed to, for tests. */
	int pushable() {
		Callbacks callbacks = this.environment.callbacks();
		return (callbacks != null) ? callbacks.invocations().size() : 0;
	}

	/** Number of sessions with a writer, for tests. */
	int writers() {
		return this.environment.lanes().size();
	}

	/**
	 * Takes the actions out of the catalog and closes the connections.
	 */
	@Override
	public void close() {
		for (Entry entry : this.functions.values()) {
			entry.upkeep().stop();
			entry.actions().close();
			for (Action action : this.catalog.actions()) {
				if (entry.actions().isOwn(action)) {
					this.catalog.remove(action.name());
				}
			}
			entry.pool().dispose();
		}
		this.functions.clear();
		this.catalog.restorer(null);
	}

	private record Entry(RelayedActions actions, FunctionUpkeep upkeep, ConnectionProvider pool) {

	}

	/**
	 * Builds {@link FunctionRelays}. Not thread-safe.
	 */
	public static final class Builder {

		private final ActionCatalog catalog;

		private final RelayCodecs codecs;

		private Duration askTimeout = Duration.ofMinutes(5);

		private RelayListener listener = RelayListener.NONE;

		private RequestObserver observer = RequestObserver.NONE;

		private PrincipalClaims claims = PrincipalClaims.NONE;

		private @Nullable Function<Builder, Callbacks> callbacks;

		private RelayMemory memory = RelayMemory.UNBOUNDED;

		private final Scheduler timer = Schedulers.parallel();

		private Builder(ActionCatalog catalog, RelayCodecs codecs) {
			this.catalog = catalog;
			this.codecs = codecs;
		}

		/**
		 * Set how long an approval waits when nobody says otherwise.
		 * @param time the time
		 * @return this
		 */
		public Builder askTimeout(Duration time) {
			this.askTimeout = time;
			return this;
		}

		/**
		 * Set the listener.
		 * @param hearing hears of requests and failures
		 * @return this
		 */
		public Builder listener(RelayListener hearing) {
			this.listener = hearing;
			return this;
		}

		/**
		 * Set the observer of each request.
		 * @param beside observes requests
		 * @return this
		 */
		public Builder observer(RequestObserver beside) {
			this.observer = beside;
			return this;
		}

		/**
		 * Set the claims of principals that functions get.
		 * @param known knows the claims
		 * @return this
		 */
		public Builder claims(PrincipalClaims known) {
			this.claims = known;
			return this;
		}

		/**
		 * Let functions push.
		 * @param tokens issues and checks their tokens
		 * @param base address under which functions reach the pods
		 * @param channel the way to the other pods
		 * @return this
		 */
		public Builder callbacks(CallbackTokens tokens, URI base, PodChannel channel) {
			this.callbacks = (built) -> new Callbacks(tokens, base, channel, built.codecs, built.memory, built.timer);
			return this;
		}

		/**
		 * Set the memory for answers and pushes that come, or wait for their agents.
		 * @param held counts them
		 * @return this
		 */
		public Builder memory(RelayMemory held) {
			this.memory = held;
			return this;
		}

		/**
		 * Build.
		 * @return relays without functions
		 */
		public FunctionRelays build() {
			return new FunctionRelays(this);
		}

	}

}
