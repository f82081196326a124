package io.agentsocket.connection.stream;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionStart;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Leads an invocation to its action when interceptors stand before it: through the
 * interceptors, the approval, and the handler.
 */
final class ActionRun {

	private final StreamContext context;

	private final ServedCall call;

	private final Action action;

	ActionRun(StreamContext context, ServedCall call) {
		this.context = context;
		this.call = call;
		this.action = call.action();
	}

	Publisher<?> results() {
		Flux<Object> results = this.context.interceptors().run(this.call, this::begin);
		// Interceptors see a value complete, rather than be cancelled behind its first
		// item.
		return isValue() ? results.reduce((first, later) -> first) : results;
	}

	/**
	 * The end of the chain. The action begins in the loop, wherever an interceptor goes
	 * on.
	 */
	private Publisher<?> begin(AgentExchange given) {
		Flux<Object> results = Flux.defer(() -> beginNow(given));
		if (given != this.call) {
			results = results.contextWrite((view) -> view.put(AgentExchange.class, given));
		}
		return this.context.loop().inLoop() ? results
				: results.subscribeOn(Schedulers.fromExecutor(this.context.loop()::execute));
	}

	private Flux<Object> beginNow(AgentExchange given) {
		Publisher<?> results = ActionStart.begin(given, this.context.questionSender(), this.call);
		return isValue() ? Flux.from(Mono.from(results)) : Flux.from(results);
	}

	private boolean isValue() {
		return this.action.result() == ResultShape.VALUE;
	}

}
