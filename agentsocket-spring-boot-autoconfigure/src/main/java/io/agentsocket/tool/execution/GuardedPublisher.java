package io.agentsocket.tool.execution;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Results of tools that run on the event loop: the thread knows the caller while the
 * method is called and its publisher is subscribed to.
 */
final class GuardedPublisher {

	private GuardedPublisher() {
	}

	/**
	 * Tell the thread its caller.
	 * @param handler calls the tool when its results are subscribed to
	 * @param guard tells the thread
	 * @return the handler
	 */
	static ActionHandler around(ActionHandler handler, ToolGuard guard) {
		return (exchange) -> around(handler.handle(exchange), exchange, guard);
	}

	private static Publisher<?> around(Publisher<?> results, AgentExchange exchange, ToolGuard guard) {
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
