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

	private final KnownNames actions;

	private final KnownNames invoked;

	/** Observations of the actions that run, for what they invoke on other threads. */
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
		this.actions = new KnownNames(maxNames);
		this.invoked = new KnownNames(maxNames);
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
		return Flux.defer(() -> {
			ActionObservationContext context = new ActionObservationContext(exchange,
					this.actions.learn(exchange.action().name()));
			Observation observation = AgentSocketObservation.ACTION.observation(this.actionConvention, ACTION,
					() -> context, this.registry);
			this.running.put(exchange, observation);
			observation.start();
			return scoped(observation, chain.proceed(exchange))
				.doOnError((error) -> failed(observation, context, error))
				.doOnCancel(() -> context.ended(Outcome.cancelled(exchange.deadline())))
				.doFinally((signal) -> {
					this.running.remove(exchange);
					observation.stop();
				})
				.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, observation));
		});
	}

	private void failed(Observation observation, ActionObservationContext context, Throwable error) {
		context.ended(this.outcomes.of(error, context.exchange()));
		observation.error(error);
	}

	@Override
	public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
		if (this.registry.isNoop()) {
			return chain.proceed(invocation);
		}
		return Flux.deferContextual((view) -> {
			Invocation.Builder changed = invocation.mutate();
			InvocationObservationContext context = new InvocationObservationContext(invocation, changed,
					this.invoked.find(invocation.action()));
			Observation observation = AgentSocketObservation.INVOCATION.observation(this.invocationConvention,
					INVOCATION, () -> context, this.registry);
			Observation parent = parent(view, invocation);
			if (parent != null) {
				observation.parentObservation(parent);
			}
			observation.start();
			return chain.proceed(changed.build()).doOnError((error) -> {
				context.ended(Outcome.of(error), this.invoked.answered(invocation.action(), error));
				observation.error(error);
			})
				.doOnComplete(() -> context.ended(Outcome.OK, this.invoked.learn(invocation.action())))
				.doOnCancel(() -> context.ended(Outcome.cancelled(invocation.deadline()), context.method()))
				.doFinally((signal) -> observation.stop())
				.contextWrite((inner) -> inner.put(ObservationThreadLocalAccessor.KEY, observation));
		});
	}

	/**
	 * The observation that an invocation belongs to: that of its subscriber, or of the
	 * action that makes it, or of the thread.
	 */
	private @Nullable Observation parent(ContextView view, Invocation invocation) {
		Observation parent = view.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent == null) {
			parent = this.registry.getCurrentObservation();
		}
		RunningAction action = invocation.parent();
		return (parent == null && action != null) ? this.running.get(action) : parent;
	}

	/** A method of a tool that returns a publisher runs while it is subscribed to. */
	private static Flux<Object> scoped(Observation observation, Flux<Object> results) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				Observation.Scope scope = observation.openScope();
				try {
					results.subscribe(subscriber);
				}
				finally {
					scope.close();
				}
			}

		};
	}

}
