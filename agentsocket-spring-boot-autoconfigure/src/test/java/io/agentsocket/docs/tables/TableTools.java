package io.agentsocket.docs.tables;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocketOperations;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Component;

/**
 * The tools of {@code docs/testing.md}.
 */
// tag::tools[]
@Component
@AgentTool("table")
class TableTools {

	private final Tables tables;

	private final ObjectProvider<AgentSocketOperations> agents;

	TableTools(Tables tables, ObjectProvider<AgentSocketOperations> agents) {
		this.tables = tables;
		this.agents = agents;
	}

	@AgentTool(description = "Books a table")
	Mono<Booking> book(@Min(1) @Max(8) int guests, AgentExchange exchange) {
		return exchange.ask("Which evening?", Evening.class)
			.map((evening) -> new Booking(this.tables.book(guests, evening), guests, evening));
	}

	@AgentTool(description = "Cancels a booking", destructive = true, approval = true)
	void cancel(int number) {
		if (!this.tables.cancel(number)) {
			throw new ActionException(ErrorCode.NOT_FOUND, "There is no such booking");
		}
		this.agents.getObject().publish("table.freed", number);
	}

	@AgentTool(description = "Number of free tables, whenever it changes", readOnly = true)
	Flux<Integer> free() {
		return this.tables.free();
	}

	@AgentTool(description = "Closes the restaurant")
	@PreAuthorize("hasRole('OWNER')")
	String close() {
		return "closed";
	}

	record Booking(int number, int guests, Evening evening) {

	}

	enum Evening {

		FRIDAY, SATURDAY

	}

}
// end::tools[]
