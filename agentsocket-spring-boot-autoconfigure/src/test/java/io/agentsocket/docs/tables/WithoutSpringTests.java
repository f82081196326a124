package io.agentsocket.docs.tables;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.test.AgentSocketTester;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * A snippet of {@code docs/testing.md}.
 */
class WithoutSpringTests {

	// tag::plain[]
	@Test
	void answers() {
		ActionCatalog catalog = new ActionCatalog();
		catalog.add(Action.named("ping").handler((exchange) -> Mono.just("pong")));
		try (AgentSocketServer server = AgentSocketServer.builder(catalog).build();
				AgentSocketTester agent = AgentSocketTester.bindTo(server).build()) {
			agent.invoke("ping").expectText().isEqualTo("pong");
		}
	}
	// end::plain[]

}
