package io.agentsocket.relay;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Runs an action by asking its function. Thread-safe.
 */
final class RelayHandler implements ActionHandler {

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
		return Flux.defer(() -> new FunctionCall(this.relay, this.action, exchange, this.announcements).run());
	}

}
