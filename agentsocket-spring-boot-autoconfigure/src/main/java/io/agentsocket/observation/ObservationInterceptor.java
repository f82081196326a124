package io.agentsocket.observation;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.Invocation;
import io.agentsocket.action.RunningAction;
import io.agentsocket.annotation.Internal;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

import org.springframework.core.Ordered;

/**
 * Observes the invocations of both directions. Stands around all other interceptors, so
 * that what they refuse and the time they take is seen. Thread-safe.
 */
@Internal
public final class ObservationInterceptor implements ActionInterceptor, Ordered {

	private static final ActionObservationConvention ACTION = new DefaultActionObservationConvention();

	private static final InvocationObservationConvention INVOCATION = new DefaultInvocationObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable ActionObservationConvention actionConvention;

	private final @Nullable InvocationObservationConvention invocationConvention;

	private final ResolvedOutcomes outcomes;

	private final KnownKeys actions;

	private final KnownKeys invoked;

	/**
	 * Observations of the actions that run, for invocations that they make on other
	 * threads.
	 */
	private final Map<RunningAction, Observation> running = new ConcurrentHashMap<>();

	/**
	 * Create an interceptor.
	 * @param registry takes the observations
	 * @param actionConvention names those of actions, or {@code null} for the default
	 * @param invocationConvention names those of invocations, or {@code null}
	 * @param resolvers choose errors for exceptions of actions
	 * @param maxNames distinct names of actions that become values of tags, in each
	 * direction
	 */
	public ObservationInterceptor(ObservationRegistry registry, @Nullable ActionObservationConvention actionConvention,
			@Nullable InvocationObservationConvention invocationConvention, List<ErrorResolver> resolvers,
			int maxNames) {
		this.registry = registry;
		this.actionConvention = actionConvention;
		this.invocationConvention = invocationConvention;
		this.outcomes = new ResolvedOutcomes(resolvers);
		this.actions = new KnownKeys(maxNames);
		this.invoked = new KnownKeys(maxNames);
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
		if (this.registry.isNoop()) {
			return chain.proceed(exchange);
		}
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				observeAction(exchange, chain, subscriber);
			}

		};
	}

	/** A method of a tool that returns a publisher runs while it is subscribed to. */
	private void observeAction(AgentExchange exchange, ActionChain chain, CoreSubscriber<? super Object> subscriber) {
		ActionObservationContext context = new ActionObservationContext(exchange,
				this.actions.learn(exchange.action().name()));
		Observation observation = AgentSocketObservation.ACTION.observation(this.actionConvention, ACTION,
				() -> context, this.registry);
		this.running.put(exchange, observation);
		observation.start();
		ActionResults results = new ActionResults(observation, subscriber, context);
		Observation.Scope scope = observation.openScope();
		try {
			results.subscribeTo(chain.proceed(exchange));
		}
		finally {
			scope.close();
		}
	}

	@Override
	public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
		if (this.registry.isNoop()) {
			return chain.proceed(invocation);
		}
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				observeInvocation(invocation, chain, subscriber);
			}

		};
	}

	private void observeInvocation(Invocation invocation, InvocationChain chain,
			CoreSubscriber<? super Object> subscriber) {
		Invocation.Builder changed = invocation.mutate();
		InvocationObservationContext context = new InvocationObservationContext(invocation, changed,
				this.invoked.find(invocation.action()));
		Observation observation = AgentSocketObservation.INVOCATION.observation(this.invocationConvention, INVOCATION,
				() -> context, this.registry);
		ParentScope.start(observation, parent(subscriber.currentContext(), invocation), this.registry);
		new InvocationResults(observation, subscriber, context).subscribeTo(chain.proceed(changed.build()));
	}

	/**
	 * The observation that an invocation belongs to: that of its subscriber, or of the
	 * action that makes it, or of the thread.
	 */
	private @Nullable Observation parent(ContextView view, Invocation invocation) {
		Observation written = view.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (isReal(written)) {
			return written;
		}
		Observation.Scope scope = this.registry.getCurrentObservationScope();
		while (scope != null) {
			if (isReal(scope.getCurrentObservation())) {
				return scope.getCurrentObservation();
			}
			scope = scope.getPreviousObservationScope();
		}
		RunningAction action = invocation.parent();
		return (action != null) ? this.running.get(action) : null;
	}

	/** Libraries that have no registry leave observations that do nothing. */
	private static boolean isReal(@Nullable Observation found) {
		return found != null && !found.isNoop();
	}

	private final class ActionResults extends ObservedResults {

		private final Observation observation;

		private final ActionObservationContext context;

		ActionResults(Observation observation, CoreSubscriber<? super Object> subscriber,
				ActionObservationContext context) {
			super(observation, subscriber);
			this.observation = observation;
			this.context = context;
		}

		@Override
		void failed(Throwable error) {
			this.context.ended(ObservationInterceptor.this.outcomes.of(error, this.context.exchange()));
			this.observation.error(error);
		}

		@Override
		void completed() {
			// Its outcome is OK until it is another one.
		}

		@Override
		void cancelled() {
			this.context.ended(Outcome.cancelled(this.context.exchange().deadline()));
		}

		@Override
		void stopped() {
			ObservationInterceptor.this.running.remove(this.context.exchange());
			super.stopped();
		}

	}

	private final class InvocationResults extends ObservedResults {

		private final Observation observation;

		private final InvocationObservationContext context;

		InvocationResults(Observation observation, CoreSubscriber<? super Object> subscriber,
				InvocationObservationContext context) {
			super(observation, subscriber);
			this.observation = observation;
			this.context = context;
		}

		@Override
		void failed(Throwable error) {
			this.context.ended(Outcome.of(error),
					ObservationInterceptor.this.invoked.answered(this.context.action(), error));
			this.observation.error(error);
		}

		@Override
		void completed() {
			this.context.ended(Outcome.OK, ObservationInterceptor.this.invoked.learn(this.context.action()));
		}

		@Override
		void cancelled() {
			this.context.ended(Outcome.cancelled(this.context.invocation().deadline()));
		}

	}

}
