package io.agentsocket.test.autoconfigure.slice;

import io.agentsocket.annotation.AgentTool;
import jakarta.validation.constraints.Max;
import reactor.core.publisher.Flux;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Component;

/**
 * Tools with arguments, a stream and a rule.
 */
@Component
@AgentTool("stock")
public class StockTools {

	private final Prices prices;

	StockTools(Prices prices) {
		this.prices = prices;
	}

	@AgentTool(description = "Price of an item", readOnly = true)
	public int price(String item, @Max(10) int count) {
		return this.prices.of(item) * count;
	}

	@AgentTool(description = "Counts for ever")
	public Flux<Integer> count() {
		return Flux.concat(Flux.just(1), Flux.never());
	}

	@AgentTool(description = "Only for owners")
	@PreAuthorize("hasRole('OWNER')")
	public String close() {
		return "closed";
	}

}
