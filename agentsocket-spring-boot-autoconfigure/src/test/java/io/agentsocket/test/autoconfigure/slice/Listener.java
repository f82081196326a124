package io.agentsocket.test.autoconfigure.slice;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.annotation.AgentEvent;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Listens to an event.
 */
@Component
public class Listener {

	public final List<String> heard = new CopyOnWriteArrayList<>();

	@AgentEvent("told")
	public Mono<Void> told(String text) {
		this.heard.add(text);
		return Mono.empty();
	}

}
