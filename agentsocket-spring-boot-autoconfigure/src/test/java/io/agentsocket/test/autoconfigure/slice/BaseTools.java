package io.agentsocket.test.autoconfigure.slice;

import io.agentsocket.annotation.AgentTool;
import reactor.core.publisher.Mono;

/**
 * Tools of a class that is no bean.
 */
public class BaseTools {

	@AgentTool(value = "more.inherited", description = "Inherited")
	public Mono<String> inherited() {
		return Mono.just("inherited");
	}

}
