package com.example.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.server.AgentSocketServer;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The server of a soak run, a process of its own. It answers each line of its input with
 * its {@link SoakState}: {@code now} at once, {@code settled} when all agents have left
 * or after a minute. It answers {@code threads} with what threads there are.
 */
final class SoakServer {

	private static final Duration LONGEST = Duration.ofSeconds(60);

	/** Reactor's schedulers, whose queues hold the timers of sessions. */
	private static final Queue<ScheduledThreadPoolExecutor> SCHEDULERS = new ConcurrentLinkedQueue<>();

	private SoakServer() {
	}

	/**
	 * Serve until the input ends.
	 * @throws Exception if the input cannot be read
	 */
	static void serve() throws Exception {
		Schedulers.addExecutorServiceDecorator("soak", (scheduler, executor) -> {
			if (executor instanceof ScheduledThreadPoolExecutor pool) {
				SCHEDULERS.add(pool);
			}
			return executor;
		});
		// Short times, so that what is left of an agent has to go within the run.
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run(
				"--agentsocket.enabled=true", "--agentsocket.session.store=memory",
				"--agentsocket.session.idle-timeout=5s", "--agentsocket.server.keep-alive=5s",
				"--agentsocket.server.keep-alive-timeout=5s", "--agentsocket.server.max-connection-age=60s");
		AgentSocketServer server = context.getBean(AgentSocketServer.class);
		answer(context.getEnvironment().getRequiredProperty("local.server.port"));
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = input.readLine(); line != null; line = input.readLine()) {
			if (line.equals("settled")) {
				settle(server);
			}
			answer(line.equals("threads") ? ThreadKinds.here() : state(server).encode());
		}
		Runtime.getRuntime().halt(0);
	}

	private static void settle(AgentSocketServer server) throws InterruptedException {
		long end = System.nanoTime() + LONGEST.toNanos();
		while ((server.connections() > 0 || !server.sessions().isEmpty()) && System.nanoTime() < end) {
			TimeUnit.MILLISECONDS.sleep(100);
		}
		for (int i = 0; i < 4; i++) {
			System.gc();
			TimeUnit.MILLISECONDS.sleep(250);
		}
	}

	private static SoakState state(AgentSocketServer server) {
		OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		long files = (system instanceof UnixOperatingSystemMXBean unix) ? unix.getOpenFileDescriptorCount() : -1;
		long direct = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
		return new SoakState(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), direct,
				ManagementFactory.getThreadMXBean().getThreadCount(), files, server.connections(),
				server.sessions().size(), server.isIdle() ? 0 : 1,
				SCHEDULERS.stream().mapToLong((pool) -> pool.getQueue().size()).sum(),
				system.getProcessCpuTime() / 1000);
	}

	private static void answer(String text) throws IOException {
		System.out.println("#" + text);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	static final class Tools {

		@AgentTool(value = "soak.echo", blocking = AgentTool.Blocking.NO)
		int echo(int n) {
			return n;
		}

		/** Runs on the executor and may be interrupted there. */
		@AgentTool("soak.sleep")
		int sleep(int millis) throws InterruptedException {
			TimeUnit.MILLISECONDS.sleep(millis);
			return millis;
		}

		@AgentTool("soak.tokens")
		Flux<String> tokens() {
			return Flux.generate((sink) -> sink.next("token "));
		}

		@AgentTool("soak.sum")
		Mono<Integer> sum(Flux<Integer> items) {
			return items.reduce(0, Integer::sum);
		}

		@AgentTool("soak.nested")
		Mono<Integer> nested(int n, AgentExchange exchange) {
			return exchange.invoke("agent.double").arguments(Map.of("n", n)).toMono(Integer.class);
		}

		@AgentTool("soak.never")
		Mono<Integer> never() {
			return Mono.never();
		}

	}

}
