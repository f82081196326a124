package io.agentsocket.docs;

import java.util.Map;

import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentState;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Flux;
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

	// tag::detach[]
	@AgentTool("report.write")
	Flux<Page> write(String topic, FunctionPush push) {
		// Each page goes to the agent when it is written.
		return push.detach(this.orders.report(topic));
	}
	// end::detach[]

	/** A page. */
	record Page(int number, String text) {
	}

	/** A shop. */
	interface Orders {

		Mono<Void> place();

		default Flux<Page> report(String topic) {
			return Flux.empty();
		}

	}

}
