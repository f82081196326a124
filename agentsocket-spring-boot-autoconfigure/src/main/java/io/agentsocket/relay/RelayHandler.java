package io.agentsocket.relay;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResumableHandler;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Runs an action by asking its function. Thread-safe.
 */
final class RelayHandler implements ResumableHandler {

	private final FunctionRelay relay;

	private final RelayedAction action;

	private final Announcements announcements;

	RelayHandler(FunctionRelay relay, RelayedAction action, Announcements announcements) {
		this.relay = relay;
		this.action = action;
		this.announcements = announcements;
	}

	/** The function that serves the action. */
	FunctionRelay relay() {
		return this.relay;
	}

	@Override
	public Publisher<?> handle(AgentExchange exchange) {
		return Flux.defer(() -> call(exchange, RequestBodies.newInvocation(exchange.session())).run());
	}

	/** Nothing runs in a function while its question waits: the pod goes on with that. */
	@Override
	public Publisher<?> resume(AgentExchange exchange) {
		return this.relay.openQuestions().find(exchange).flatMapMany((found) -> {
			OpenQuestions.Saved question = found.orElse(null);
			if (question != null) {
				return call(exchange, question.invocation()).resume(question);
			}
			return this.action.isRepeatable() ? handle(exchange) : Flux.error(OpenQuestions.lost());
		});
	}

	private FunctionCall call(AgentExchange exchange, String invocation) {
		return new FunctionCall(this.relay, this.action, exchange, this.announcements, invocation);
	}

}
