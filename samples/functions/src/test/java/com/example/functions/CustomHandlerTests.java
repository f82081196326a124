package com.example.functions;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A plain process as a custom handler of Azure Functions: it listens on the port that it
 * is given, and answers below {@code /api}. The host of Azure Functions has no part in
 * it.
 */
class CustomHandlerTests {

	private static final int NO_PYTHON = -1;

	private static final int LATE = -2;

	/** Runs the script that tries functions in a real account. */
	private static int smoke(String url, String secret) throws InterruptedException {
		ProcessBuilder builder = new ProcessBuilder("python3", "smoke.py", url, "story.tell",
				"{\"words\": 3, \"pause\": 1}")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD);
		builder.environment().put("AGENTSOCKET_SECRET", secret);
		try {
			Process process = builder.start();
			try {
				return process.waitFor(2, TimeUnit.MINUTES) ? process.exitValue() : LATE;
			}
			finally {
				process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			System.out.println("Not run: the smoke test of functions, for want of python3");
			return NO_PYTHON;
		}
	}

	@Test
	void springFunctionListensWhereTheHostWantsIt() throws Exception {
		AtomicInteger port = new AtomicInteger();
		try (ChildProcess shop = FreePort.use((free) -> {
			port.set(free);
			return ChildProcess.java(ShopFunction.class,
					Map.of("FUNCTIONS_CUSTOMHANDLER_PORT", Integer.toString(free), "FUNCTION_SECRET", TestRelay.SECRET),
					"--agentsocket.function.path=/api");
		}); TestRelay relay = new TestRelay(shop.url("/api/shop"))) {
			System.out.println("Tests use a plain process for functions in a custom handler of Azure Functions");
			assertThat(shop.port()).isEqualTo(port.get());
			assertThat(relay.call("trip.book", Map.of("place", "Paris"), String.class))
				.isEqualTo("Paris on 2027-03-01");
			List<String> words = relay.agent.invoke("story.tell")
				.arguments(Map.of("words", 3, "pause", 1))
				.toFlux(String.class)
				.collectList()
				.block(TestRelay.PATIENCE);
			assertThat(String.join("", words)).isEqualTo("Once upon a ");
			// The pod has learned from the function that it writes the cart.
			assertThat(relay.call("cart.add", Map.of("article", "apple"), String[].class)).containsExactly("apple");
			assertThat(relay.call("cart.add", Map.of("article", "pear"), String[].class)).containsExactly("apple",
					"pear");
			BlockingQueue<String> events = new LinkedBlockingQueue<>();
			Disposable listening = relay.agent.events("order.sent", String.class).subscribe(events::add);
			assertThat(relay.call("order.place", Map.of("article", "pear"), String.class)).isEqualTo("accepted");
			assertThat(events.poll(TestRelay.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("pear");
			listening.dispose();
			assertThat(smoke(shop.url("/api/shop"), TestRelay.SECRET)).isIn(0, NO_PYTHON);
			assertThat(smoke(shop.url("/api/shop"), TestRelay.SECRET.replace("AAEC", "BBEC"))).isIn(1, NO_PYTHON);
		}
		System.out.println("Not run: tests of functions in the host of Azure Functions, which no registry has");
	}

}
