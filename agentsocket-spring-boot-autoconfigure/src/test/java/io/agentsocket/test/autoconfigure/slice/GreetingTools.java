package io.agentsocket.test.autoconfigure.slice;

import io.agentsocket.annotation.AgentTool;

import org.springframework.stereotype.Component;

/**
 * A tool that needs a bean of the configuration of the rules.
 */
@Component
@AgentTool("greeting")
class GreetingTools {

	private final Rules.Greeting greeting;

	GreetingTools(Rules.Greeting greeting) {
		this.greeting = greeting;
	}

	@AgentTool(description = "Greets", readOnly = true)
	String greet() {
		return this.greeting.text();
	}

}
