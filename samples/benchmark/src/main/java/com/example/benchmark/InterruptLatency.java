package com.example.benchmark;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Time from the moment at which a caller cancels to the moment at which the work at the
 * other end of the socket notices: a {@code Mono} that is disposed of, a stream that is
 * sending at full speed, a blocking thread that is interrupted. Both ends run in this
 * process, so that one clock measures both.
 */
public class InterruptLatency {

	private static final int WARM_UP = 2_000;

	private static final int ROUNDS = 5_000;

	private final BlockingQueue<String> started = new LinkedBlockingQueue<>();

	private final BlockingQueue<Long> stopped = new LinkedBlockingQueue<>();

	@AgentTool("work.mono")
	Mono<String> mono() {
		return Mono.<String>never()
			.doOnSubscribe((subscription) -> this.started.add("mono"))
			.doOnCancel(() -> this.stopped.add(System.nanoTime()));
	}

	@AgentTool("work.stream")
	Flux<String> stream() {
		return Flux.<String>generate((sink) -> sink.next("some text of a token "))
			.doOnSubscribe((subscription) -> this.started.add("stream"))
			.doOnCancel(() -> this.stopped.add(System.nanoTime()));
	}

	@AgentTool("work.blocking")
	String blocking() {
		this.started.add("blocking");
		try {
			new CountDownLatch(1).await();
		}
		catch (InterruptedException ex) {
			this.stopped.add(System.nanoTime());
			Thread.currentThread().interrupt();
		}
		return "interrupted";
	}

	static void main() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.run("--agentsocket.enabled=true")) {
			int port = context.getEnvironment().getRequiredProperty("local.server.port", int.class);
			context.getBean(InterruptLatency.class).run(port);
		}
	}

	private void run(int port) {
		AgentSocketClient agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
		System.out.println("From cancel() at the caller to the end of the work at the callee, microseconds");
		System.out.println();
		System.out.println("| work | p50 | p90 | p99 | max | rounds |");
		System.out.println("|---|---|---|---|---|---|");
		for (String kind : new String[] { "mono", "stream", "blocking" }) {
			measure(agent, kind, WARM_UP);
			print(kind, measure(agent, kind, ROUNDS));
		}
		agent.close().block(Duration.ofSeconds(10));
	}

	private long[] measure(AgentSocketClient agent, String kind, int rounds) {
		long[] nanos = new long[rounds];
		for (int i = 0; i < rounds; i++) {
			Disposable call = agent.invoke("work." + kind).toFlux(String.class).subscribe();
			await(this.started);
			long cancelled = System.nanoTime();
			call.dispose();
			nanos[i] = await(this.stopped) - cancelled;
		}
		Arrays.sort(nanos);
		return nanos;
	}

	private static <T> T await(BlockingQueue<T> queue) {
		try {
			T value = queue.poll(10, TimeUnit.SECONDS);
			if (value == null) {
				throw new IllegalStateException("Nothing happened for 10 seconds");
			}
			return value;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void print(String kind, long[] nanos) {
		System.out.printf("| %s | %.1f | %.1f | %.1f | %.1f | %,d |%n", kind, micros(nanos, 0.5), micros(nanos, 0.9),
				micros(nanos, 0.99), micros(nanos, 1), nanos.length);
	}

	private static double micros(long[] nanos, double quantile) {
		return nanos[(int) Math.min(nanos.length - 1, quantile * nanos.length)] / 1000.0;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(InterruptLatency.class)
	static class Application {

	}

}
