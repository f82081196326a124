package com.example.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The sample of a Worker behind a pod, in the runtime of Cloudflare Workers.
 */
class WorkerdTests {

	/** Packages that {@code npm ci} brings, named by platform. */
	private static final Path PACKAGES = Path.of("runtimes", "node_modules", "@cloudflare");

	private static ChildProcess workerd;

	private static TestRelay relay;

	@BeforeAll
	static void start() throws Exception {
		String binary = binary();
		if (binary == null) {
			System.out.println("Not run: the tests of functions in workerd, for want of workerd: "
					+ "npm ci --prefix samples/functions/runtimes --ignore-scripts");
		}
		assumeThat(binary).isNotNull();
		Process version = new ProcessBuilder(binary, "--version").start();
		version.onExit().orTimeout(1, TimeUnit.MINUTES).exceptionally((late) -> version.destroyForcibly());
		System.out.println("Tests use " + version.inputReader().readLine() + " for functions in Workers");
		workerd = ChildProcess.start(
				List.of(binary, "serve", "src/test/worker/config.capnp", "--control-fd=1", "--verbose"),
				Map.of("AGENTSOCKET_SECRETS", TestRelay.SECRET));
		relay = new TestRelay(workerd.url("/"));
	}

	private static String binary() throws IOException {
		if (!Files.isDirectory(PACKAGES)) {
			return null;
		}
		try (Stream<Path> packages = Files.list(PACKAGES)) {
			return packages.map((each) -> each.resolve("bin").resolve("workerd"))
				.filter(Files::isExecutable)
				.map((each) -> each.toAbsolutePath().toString())
				.findFirst()
				.orElse(null);
		}
	}

	@AfterAll
	static void stop() {
		if (relay != null) {
			relay.close();
		}
		if (workerd != null) {
			workerd.close();
		}
	}

	@Test
	void functionRunsInAWorker() {
		assertThat(relay.call("agent.name", Map.of(), String.class)).isEqualTo("Cloudflare-Workers");
		List<String> words = relay.agent.invoke("story.tell")
			.arguments(Map.of("words", 4))
			.toFlux(String.class)
			.collectList()
			.block(TestRelay.PATIENCE);
		assertThat(String.join("", words)).isEqualTo("Once upon a time ");
	}

	/** The second piece is not made before the agent has the first one. */
	@Test
	void piecesComeWhenTheyAreThere() throws IOException {
		CountDownLatch first = new CountDownLatch(1);
		HttpServer gate = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		gate.createContext("/", (exchange) -> {
			try {
				boolean passed = first.await(TestRelay.PATIENCE.toSeconds(), TimeUnit.SECONDS);
				byte[] body = (passed ? "after" : "too late").getBytes(StandardCharsets.US_ASCII);
				exchange.sendResponseHeaders(200, body.length);
				exchange.getResponseBody().write(body);
				exchange.close();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		gate.start();
		try {
			StepVerifier
				.create(relay.agent.invoke("gate.pass")
					.arguments(Map.of("gate", "http://127.0.0.1:" + gate.getAddress().getPort() + "/"))
					.toFlux(String.class))
				.expectNext("before ")
				.then(first::countDown)
				.expectNext("after")
				.expectComplete()
				.verify(TestRelay.PATIENCE);
		}
		finally {
			gate.stop(0);
		}
	}

	@Test
	void interruptStopsTheWorker() {
		StepVerifier.create(relay.agent.invoke("numbers.count").toFlux(Integer.class), 3)
			.expectNextCount(3)
			.thenCancel()
			.verify(TestRelay.PATIENCE);
		Map<?, ?> gone = relay.call("numbers.gone", Map.of(), Map.class);
		while (!Boolean.TRUE.equals(gone.get("aborted"))) {
			gone = relay.call("numbers.gone", Map.of(), Map.class);
		}
		// A slow agent slows the Worker: sockets hold some hundred kilobytes.
		assertThat(((Number) gone.get("items")).intValue()).isLessThan(500_000);
	}

	@Test
	void stateIsThatOfTheSession() {
		assertThat(relay.call("cart.add", Map.of("article", "apple"), String[].class)).containsExactly("apple");
		assertThat(relay.call("cart.add", Map.of("article", "pear"), String[].class)).containsExactly("apple", "pear");
	}

	@Test
	void pushComesBehindTheAnswer() throws InterruptedException {
		BlockingQueue<String> events = new LinkedBlockingQueue<>();
		Disposable listening = relay.agent.events("report.ready", String.class).subscribe(events::add);
		assertThat(relay.call("report.write", Map.of("topic", "Rivers"), String.class)).isEqualTo("accepted");
		assertThat(events.poll(TestRelay.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("Rivers, 3 pages");
		listening.dispose();
	}

	@Test
	void detachedInvocationIsAnsweredByPush() {
		Queue<Object> pages = new ConcurrentLinkedQueue<>();
		relay.agent.invoke("report.read")
			.arguments(Map.of("pages", 3))
			.toFlux(Map.class)
			.doOnNext(pages::add)
			.blockLast(TestRelay.PATIENCE);
		assertThat(pages).containsExactly(Map.of("page", 1), Map.of("page", 2), Map.of("page", 3));
	}

	@Test
	void questionIsAskedWithoutTheWorker() {
		assertThat(relay.call("trip.book", Map.of("to", "Paris"), String.class)).isEqualTo("Paris on 2027-03-01");
	}

}
