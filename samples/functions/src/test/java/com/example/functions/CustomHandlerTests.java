package com.example.functions;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A plain process as a custom handler of Azure Functions: it listens on the port that it
 * is given, and answers below {@code /api}. The host of Azure Functions has no part in
 * it.
 */
class CustomHandlerTests {

	@Test
	void springFunctionListensWhereTheHostWantsIt() throws Exception {
		int port = TestRelay.freePort();
		try (ChildProcess shop = ChildProcess.java(ShopFunction.class,
				Map.of("FUNCTIONS_CUSTOMHANDLER_PORT", Integer.toString(port), "FUNCTION_SECRET", TestRelay.SECRET),
				"--agentsocket.function.path=/api"); TestRelay relay = new TestRelay(shop.url("/api/shop"))) {
			System.out.println("Tests use a plain process for functions in a custom handler of Azure Functions");
			assertThat(shop.port()).isEqualTo(port);
			assertThat(relay.call("trip.book", Map.of("place", "Paris"), String.class))
				.isEqualTo("Paris on 2027-03-01");
			List<String> words = relay.agent.invoke("story.tell")
				.arguments(Map.of("words", 3, "pause", 1))
				.toFlux(String.class)
				.collectList()
				.block(TestRelay.PATIENCE);
			assertThat(String.join("", words)).isEqualTo("Once upon a ");
		}
		System.out.println("Not run: tests of functions in the host of Azure Functions, which no registry has");
	}

}
