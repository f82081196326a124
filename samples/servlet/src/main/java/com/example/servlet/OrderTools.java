package com.example.servlet;

import java.security.Principal;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/**
 * Actions of agents.
 */
@Component
class OrderTools {

	/** The agent, as the method is told and as its thread knows it. */
	@AgentTool("orders.caller")
	String caller(@Nullable Principal principal) {
		String name = (principal != null) ? principal.getName() : "nobody";
		return name + "/" + SecurityContextHolder.getContext().getAuthentication();
	}

	@AgentTool("orders.delete")
	@PreAuthorize("hasRole('ADMIN')")
	String delete(int number) {
		return "deleted " + number;
	}

	@AgentTool("orders.cancel")
	Mono<String> cancel(int number, AgentExchange exchange, Principal principal) {
		return exchange.ask("Cancel order " + number + "?", Boolean.class)
			.map((sure) -> sure ? "order " + number + " is cancelled by " + principal.getName() : "nothing is done");
	}

	@AgentTool("orders.numbers")
	Flux<Integer> numbers(int count) {
		return Flux.range(1, count);
	}

	@AgentTool("orders.print")
	String print(String text) {
		return text;
	}

}
