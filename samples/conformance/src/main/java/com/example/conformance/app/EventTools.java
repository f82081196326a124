package com.example.conformance.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Actions about events.
 */
@Component
class EventTools {

	private static final Object NOTHING = new Object();

	private final AgentSocketOperations agents;

	private final Journal journal;

	EventTools(AgentSocketOperations agents, Journal journal) {
		this.agents = agents;
		this.journal = journal;
	}

	@AgentTool(value = "event.send", description = "Sends events to this session")
	Mono<Void> send(String event, @Nullable Object payload, @Nullable Integer count, AgentExchange exchange) {
		return Mono.fromRunnable(() -> {
			if (count == null) {
				exchange.sendEvent(event, payload);
			}
			else {
				for (int number = 1; number <= count; number++) {
					exchange.sendEvent(event, number);
				}
			}
		});
	}

	@AgentTool(value = "event.publish", description = "Sends an event to all subscribers")
	Mono<Integer> publish(String event, @Nullable Object payload) {
		return Mono.fromSupplier(() -> this.agents.publish(event, payload));
	}

	@AgentTool(value = "event.received", description = "Waits for events of the agent")
	Mono<List<@Nullable Object>> received(String event, @AgentParam(defaultValue = "1") int count,
			@AgentParam(defaultValue = "false") boolean sorted, AgentExchange exchange) {
		Flux<Object> events = this.journal.events(exchange.session().id(), event).asFlux();
		return events.take(count).collectList().map((all) -> {
			List<@Nullable Object> payloads = new ArrayList<>();
			all.forEach((payload) -> payloads.add((payload != NOTHING) ? payload : null));
			if (sorted) {
				// Two pods deliver independently of each other.
				payloads.sort(Comparator.comparingInt((payload) -> ((Number) payload).intValue()));
			}
			return payloads;
		});
	}

	@AgentEvent("mood")
	void mood(@Nullable Object payload, AgentSession session) {
		note(session, "mood", payload);
	}

	@AgentEvent("big")
	void big(@Nullable Object payload, AgentSession session) {
		note(session, "big", payload);
	}

	@AgentEvent("tick")
	void tick(@Nullable Object payload, AgentSession session) {
		note(session, "tick", payload);
	}

	private void note(AgentSession session, String name, @Nullable Object payload) {
		// The events of a session come one at a time.
		this.journal.events(session.id(), name).tryEmitNext((payload != null) ? payload : NOTHING).orThrow();
	}

}
