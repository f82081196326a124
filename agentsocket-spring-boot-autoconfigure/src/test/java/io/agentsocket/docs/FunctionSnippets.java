package io.agentsocket.docs;

import java.util.Map;

import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentState;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Mono;

/**
 * Code that {@code docs/functions.md} shows.
 */
class FunctionSnippets {

	private final Orders orders = Mono::empty;

	// tag::push[]
	@AgentTool("cart.order")
	@AgentState("cart")
	Mono<String> order(AgentSession session, FunctionPush push) {
		return session.setAttribute("cart", null).then(Mono.fromSupplier(() -> {
			// The platform has to let the function go on after its answer.
			this.orders.place().then(push.event("order.sent", Map.of("parcels", 1))).subscribe();
			return "ordered";
		}));
	}
	// end::push[]

	/** A shop. */
	interface Orders {

		Mono<Void> place();

	}

}
