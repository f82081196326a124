package io.agentsocket.tool.execution;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/**
 * Results of tools that Reactor runs: the thread knows the caller while the publisher is
 * subscribed to, and the method is called then on the event loop.
 */
final class GuardedPublisher {

	private GuardedPublisher() {
	}

	/**
	 * Tell the thread its caller, and Reactor, which would have the thread forget it
	 * again where it propagates contexts.
	 * @param handler calls the tool when its results are subscribed to
	 * @param reactive whether operators of the application run after the method
	 * @param guard tells the thread
	 * @return the handler
	 */
	static ActionHandler around(ActionHandler handler, boolean reactive, ToolGuard guard) {
		return (exchange) -> {
			Publisher<?> results = handler.handle(exchange);
			// Each call of a short tool would pay for a context that nothing reads.
			boolean read = reactive || Hooks.isAutomaticContextPropagationEnabled();
			return around(read ? propagated(results, exchange, guard) : results, exchange, guard);
		};
	}

	private static Publisher<?> propagated(Publisher<?> results, AgentExchange exchange, ToolGuard guard) {
		return (results instanceof Mono<?> value) ? value.contextWrite((context) -> guard.propagated(context, exchange))
				: Flux.from(results).contextWrite((context) -> guard.propagated(context, exchange));
	}

	/**
	 * Tell the thread its caller while it subscribes.
	 * @param results the results
	 * @param exchange the invocation
	 * @param guard tells the thread
	 * @return the results
	 */
	static Publisher<?> around(Publisher<?> results, AgentExchange exchange, ToolGuard guard) {
		if (results instanceof Mono<?> mono) {
			return new Mono<Object>() {

				@Override
				public void subscribe(CoreSubscriber<? super Object> subscriber) {
					subscribeWithin(mono, subscriber, exchange, guard);
				}

			};
		}
		return new Flux<Object>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				subscribeWithin(results, subscriber, exchange, guard);
			}

		};
	}

	private static void subscribeWithin(Publisher<?> results, CoreSubscriber<? super Object> subscriber,
			AgentExchange exchange, ToolGuard guard) {
		ToolGuard.Scope scope = guard.enter(exchange);
		try {
			results.subscribe(subscriber);
		}
		finally {
			scope.close();
		}
	}

}
