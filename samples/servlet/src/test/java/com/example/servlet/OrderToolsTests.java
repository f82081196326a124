package com.example.servlet;

import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.RunningInvocation;
import io.agentsocket.test.autoconfigure.AgentSocketTest;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.test.context.support.WithMockUser;

/**
 * The tools without a container, without WebFlux, and beside the filter chain of the
 * application.
 */
@AgentSocketTest
class OrderToolsTests {

	@Autowired
	private AgentSocketTester agent;

	@Test
	void asksBeforeItCancels() {
		RunningInvocation<String> cancelling = this.agent.as("ann")
			.invoke("orders.cancel")
			.argument("number", 7)
			.start(String.class);
		cancelling.expectQuestion().prompt("Cancel order 7?").answer(true);
		cancelling.expectNext("order 7 is cancelled by ann").expectComplete();
	}

	@Test
	void goesOnInAnotherPod() {
		AgentSocketTester ann = this.agent.as("ann");
		RunningInvocation<String> cancelling = ann.invoke("orders.cancel").argument("number", 7).start(String.class);
		ann.moveToAnotherPod();
		cancelling.expectQuestion().answer(false);
		cancelling.expectNext("nothing is done").expectComplete();
	}

	@Test
	void deletesForAdministratorsOnly() {
		this.agent.as(new TestingAuthenticationToken("bob", "", "ROLE_ADMIN"))
			.invoke("orders.delete")
			.argument("number", 7)
			.expectText()
			.isEqualTo("deleted 7");
		this.agent.as("ann").expectNoAction("orders.delete");
		this.agent.as("ann").invoke("orders.delete").argument("number", 7).expectError(ErrorCode.NOT_FOUND);
	}

	@Test
	@WithMockUser(roles = "ADMIN")
	void knowsTheUserOfTheTest() {
		this.agent.invoke("orders.delete").argument("number", 8).expectText().isEqualTo("deleted 8");
		this.agent.invoke("orders.numbers").argument("count", 3).expectItems(Integer.class).containsExactly(1, 2, 3);
	}

}
