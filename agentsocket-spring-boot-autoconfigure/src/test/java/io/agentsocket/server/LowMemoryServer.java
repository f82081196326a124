package io.agentsocket.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.tool.AgentTools;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * The server of {@link LowMemoryTests}, in a JVM of its own. Writes its port, and how
 * much of its budget is used whenever a line comes in.
 */
public final class LowMemoryServer {

	private LowMemoryServer() {
	}

	public static void main(String[] args) throws Exception {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setCorePoolSize(8);
		executor.initialize();
		List<Action> actions = AgentTools.builder().executor(executor).build().actionsOf(new Tools());
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Duration.ofSeconds(30))
			.bounds(ServerBounds.builder().maxHandshakesPerAddress(2000).build())
			.build();
		TestServer server = new TestServer(settings, (builder) -> {
		}, actions.toArray(Action[]::new));
		PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
		out.println(server.port());
		while (System.in.read() >= 0) {
			MemoryUse use = new MemoryUse(server.server().bounds().memory().used(),
					server.server().bounds().memory().bytes());
			out.println(use.used() + " " + use.budget());
		}
		System.exit(0);
	}

	/** Bytes. */
	private record MemoryUse(long used, long budget) {
	}

	/** Tools that attackers call, and others. */
	static final class Tools {

		@AgentTool(description = "Says what it is told")
		Mono<String> echo(String text) {
			return Mono.just(text);
		}

		@AgentTool(description = "Says what it is told, on a thread")
		String blockingEcho(String text) {
			return text;
		}

		@AgentTool(description = "Keeps its argument")
		Mono<String> hold(String text) {
			return Mono.<String>never().doOnCancel(text::length);
		}

		@AgentTool(description = "Sums, some time")
		Mono<String> take(Flux<byte[]> items) {
			return Mono.never();
		}

		@AgentTool(description = "Gives a large result")
		Mono<byte[]> blob() {
			return Mono.fromSupplier(() -> new byte[1_000_000]);
		}

		@AgentTool(description = "Gives more than anybody reads")
		Flux<String> flood() {
			char[] text = new char[8000];
			Arrays.fill(text, 'x');
			return Flux.<String>generate((sink) -> sink.next(new String(text)));
		}

		@AgentTool(description = "Sleeps")
		String sleep() throws InterruptedException {
			new CountDownLatch(1).await(40, TimeUnit.SECONDS);
			return "";
		}

	}

}
