package com.example.springai;

import java.util.concurrent.CountDownLatch;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Tools of a shop.
 */
@Component
@AgentTool("orders")
class OrderTools {

	/** Counts down when somebody watches, and when nobody does any more. */
	private final CountDownLatch watching = new CountDownLatch(1);

	private final CountDownLatch abandoned = new CountDownLatch(1);

	@AgentTool(description = "Tells where an order is", readOnly = true)
	Mono<Place> track(int order) {
		return Mono.just(new Place(order, (order % 2 == 0) ? "Ulm" : "Linz"));
	}

	@AgentTool(description = "Lists the lines of an order", readOnly = true)
	Flux<String> lines(int order, AgentExchange exchange) {
		exchange.progress(0, 2.0, "reading order " + order);
		return Flux.just("two pens", "a ruler");
	}

	@AgentTool(description = "Sends an order back")
	Mono<String> refund(int order, AgentExchange exchange) {
		return exchange.ask("Why does order " + order + " go back?", Reason.class)
			.map((reason) -> "refunded, because it is " + reason.text());
	}

	@AgentTool(description = "Watches an order until it arrives", readOnly = true)
	Mono<String> watch(int order) {
		return Mono.<String>never()
			.doOnSubscribe((subscription) -> this.watching.countDown())
			.doOnCancel(this.abandoned::countDown);
	}

	CountDownLatch watching() {
		return this.watching;
	}

	CountDownLatch abandoned() {
		return this.abandoned;
	}

	record Place(int order, String city) {

	}

	record Reason(String text) {

	}

}
