package io.agentsocket.connection;

import java.util.List;
import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.Interceptors;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The parts of a {@link Peer}. Immutable.
 */
public final class PeerSettings {

	private final Role role;

	private final Codec codec;

	private final AgentSession session;

	private final Limits limits;

	private final ActionView actions;

	private final PeerListener listener;

	private final List<ErrorResolver> errorResolvers;

	private final Interceptors interceptors;

	private final Scheduler timer;

	private final Liveness liveness;

	private final Supplier<ActionCatalog> sessionActions;

	private final QuestionSender questionSender;

	private final @Nullable PeerStorage storage;

	private final @Nullable TrafficTotals totals;

	private final PeerBounds bounds;

	private PeerSettings(Builder builder) {
		this.role = builder.role;
		this.codec = builder.codec;
		this.session = builder.session;
		this.limits = builder.limits;
		this.actions = builder.actions;
		this.listener = builder.listener;
		this.errorResolvers = List.copyOf(builder.errorResolvers);
		this.interceptors = Interceptors.of(builder.interceptors);
		this.timer = builder.timer;
		this.liveness = builder.liveness;
		this.sessionActions = builder.sessionActions;
		this.questionSender = builder.questionSender;
		this.storage = builder.storage;
		this.totals = builder.totals;
		this.bounds = builder.bounds;
	}

	/**
	 * Start to build settings.
	 * @param role which side the peer is
	 * @param codec codec of the session
	 * @param session the session
	 * @return a builder
	 */
	public static Builder builder(Role role, Codec codec, AgentSession session) {
		return new Builder(role, codec, session);
	}

	Role role() {
		return this.role;
	}

	Codec codec() {
		return this.codec;
	}

	AgentSession session() {
		return this.session;
	}

	Limits limits() {
		return this.limits;
	}

	ActionView actions() {
		return this.actions;
	}

	PeerListener listener() {
		return this.listener;
	}

	List<ErrorResolver> errorResolvers() {
		return this.errorResolvers;
	}

	Interceptors interceptors() {
		return this.interceptors;
	}

	Scheduler timer() {
		return this.timer;
	}

	PeerBounds bounds() {
		return this.bounds;
	}

	Liveness liveness() {
		return this.liveness;
	}

	Supplier<ActionCatalog> sessionActions() {
		return this.sessionActions;
	}

	QuestionSender questionSender() {
		return this.questionSender;
	}

	@Nullable PeerStorage storage() {
		return this.storage;
	}

	@Nullable TrafficTotals totals() {
		return this.totals;
	}

	/**
	 * Builds {@link PeerSettings}. Each setter checks its argument.
	 */
	public static final class Builder {

		private final Role role;

		private final Codec codec;

		private final AgentSession session;

		private Limits limits = Limits.SERVER;

		private ActionView actions = ActionView.NONE;

		private PeerListener listener = new PeerListener() {

		};

		private List<ErrorResolver> errorResolvers = List.of();

		private List<ActionInterceptor> interceptors = List.of();

		private Scheduler timer = Schedulers.parallel();

		private Liveness liveness = Liveness.DEFAULT;

		private Supplier<ActionCatalog> sessionActions = ActionCatalog::new;

		private QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT);

		private @Nullable PeerStorage storage;

		private PeerBounds bounds = PeerBounds.NONE;

		private @Nullable TrafficTotals totals;

		private Builder(Role role, Codec codec, AgentSession session) {
			this.role = role;
			this.codec = codec;
			this.session = session;
		}

		/**
		 * Set the limits of this side; those of a server by default.
		 * @param limits the limits
		 * @return this
		 */
		public Builder limits(Limits limits) {
			this.limits = Expect.present("limits", limits);
			return this;
		}

		/**
		 * Set the actions that the other side may invoke; none by default.
		 * @param actions the actions
		 * @return this
		 */
		public Builder actions(ActionView actions) {
			this.actions = Expect.present("actions", actions);
			return this;
		}

		/**
		 * Set the listener of the peer; none by default.
		 * @param listener the listener
		 * @return this
		 */
		public Builder listener(PeerListener listener) {
			this.listener = Expect.present("listener", listener);
			return this;
		}

		/**
		 * Set the resolvers that choose errors for exceptions of actions; none by
		 * default.
		 * @param errorResolvers the resolvers in their order
		 * @return this
		 */
		public Builder errorResolvers(List<ErrorResolver> errorResolvers) {
			this.errorResolvers = Expect.present("errorResolvers", errorResolvers);
			return this;
		}

		/**
		 * Set the interceptors of invocations in both directions; none by default.
		 * @param interceptors the interceptors, the outermost one first
		 * @return this
		 */
		public Builder interceptors(List<ActionInterceptor> interceptors) {
			this.interceptors = Expect.present("interceptors", interceptors);
			return this;
		}

		/**
		 * Set the scheduler of timers, which is not the event loop; the parallel one by
		 * default.
		 * @param timer the scheduler
		 * @return this
		 */
		public Builder timer(Scheduler timer) {
			this.timer = Expect.present("timer", timer);
			return this;
		}

		/**
		 * Set when a connection counts as dead; as in the specification by default.
		 * @param liveness the times
		 * @return this
		 */
		public Builder liveness(Liveness liveness) {
			this.liveness = Expect.present("liveness", liveness);
			return this;
		}

		/**
		 * Set the catalog of the actions of the session alone; an empty one by default.
		 * @param sessionActions the catalog
		 * @return this
		 */
		public Builder sessionActions(Supplier<ActionCatalog> sessionActions) {
			this.sessionActions = Expect.present("sessionActions", sessionActions);
			return this;
		}

		/**
		 * Set the sender of questions to the other side.
		 * @param questionSender the sender
		 * @return this
		 */
		public Builder questionSender(QuestionSender questionSender) {
			this.questionSender = Expect.present("questionSender", questionSender);
			return this;
		}

		/**
		 * Set the storage that makes the session durable; without it the session lives in
		 * this process only.
		 * @param storage the storage, or {@code null}
		 * @return this
		 */
		public Builder storage(@Nullable PeerStorage storage) {
			this.storage = storage;
			return this;
		}

		/**
		 * Set the counter of the traffic of all peers; nothing by default.
		 * @param totals the counts, or {@code null}
		 * @return this
		 */
		public Builder totals(@Nullable TrafficTotals totals) {
			this.totals = totals;
			return this;
		}

		/**
		 * Set the bounds beyond those of the session; none by default.
		 * @param bounds the bounds
		 * @return this
		 */
		public Builder bounds(PeerBounds bounds) {
			this.bounds = Expect.present("bounds", bounds);
			return this;
		}

		/**
		 * Build the settings.
		 * @return the settings
		 */
		public PeerSettings build() {
			return new PeerSettings(this);
		}

	}

	/**
	 * Which side of the session a peer is.
	 */
	public enum Role {

		/** Opened the socket; its stream ids are odd. */
		CLIENT,

		/** Accepted the socket; its stream ids are even. */
		SERVER

	}

}
