package com.example.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import com.example.redis.LocalRedis;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Cost of sessions in Redis: commands and memory, for idle and for active sessions.
 * Counted by Redis itself, so that what else the machine does makes no difference.
 */
final class SessionCost {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final int IDLE = 1000;

	private static final int CALLS = 2000;

	private static final int TOKENS = 2000;

	/** Numbers of sessions that all have a call in flight. */
	private static final int[] ACTIVE = { 1, 100, 5_000 };

	private static final int ACTIVE_CALLS = 20_000;

	private SessionCost() {
	}

	static void run() {
		try (LocalRedis redis = LocalRedis.open()) {
			System.out.println("| | strict | relaxed |");
			System.out.println("|---|---|---|");
			List<List<String>> columns = new ArrayList<>();
			for (String durability : List.of("strict", "relaxed")) {
				redis.flush();
				columns.add(measure(redis, durability));
			}
			for (int i = 0; i < columns.get(0).size(); i++) {
				String[] left = columns.get(0).get(i).split("=");
				String[] right = columns.get(1).get(i).split("=");
				System.out.println("| " + left[0] + " | " + left[1] + " | " + right[1] + " |");
			}
		}
	}

	private static List<String> measure(LocalRedis redis, String durability) {
		List<String> rows = new ArrayList<>();
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run(
				"--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off",
				"--logging.level.root=warn", "--agentsocket.enabled=true", "--agentsocket.session.store=redis",
				"--spring.data.redis.host=" + redis.host(), "--agentsocket.session.durability=" + durability,
				"--agentsocket.server.bounds.sessions-per-address=100000", "--agentsocket.session.idle-timeout=30s",
				"--spring.data.redis.port=" + redis.port())) {
			int port = ((WebServerApplicationContext) context).getWebServer().getPort();
			String uri = "ws://127.0.0.1:" + port + "/agentsocket";
			AgentSocketClient client = AgentSocketClient.builder(uri).build();
			client.connect().block(PATIENCE);
			call(client, "safe", 200);
			call(client, "unsafe", 200);
			rows.add("commands per call, one at a time, idempotent=" + perCall(redis, client, "safe", 1));
			rows.add("commands per call, one at a time, not idempotent=" + perCall(redis, client, "unsafe", 1));
			rows.add("commands per call, 64 in flight, not idempotent=" + perCall(redis, client, "unsafe", 64));
			rows.add("commands per token, as fast as can be=" + perToken(redis, client, "burst"));
			rows.add("commands per token, one every 2 ms=" + perToken(redis, client, "paced"));
			idle(redis, uri, rows);
			client.close().block(PATIENCE);
			for (int sessions : ACTIVE) {
				active(redis, uri, sessions, rows);
			}
		}
		return rows;
	}

	private static void call(AgentSocketClient client, String action, int count) {
		Flux.range(0, count)
			.concatMap((i) -> client.invoke(action).arguments(Map.of("n", i)).toMono(Integer.class))
			.blockLast(PATIENCE);
	}

	private static String perCall(LocalRedis redis, AgentSocketClient client, String action, int inFlight) {
		long before = commands(redis);
		Flux.range(0, CALLS)
			.flatMap((i) -> client.invoke(action).arguments(Map.of("n", i)).toMono(Integer.class), inFlight)
			.blockLast(PATIENCE);
		return ratio(commands(redis) - before, CALLS);
	}

	private static String perToken(LocalRedis redis, AgentSocketClient client, String action) {
		long before = commands(redis);
		client.invoke(action).arguments(Map.of("n", TOKENS)).toFlux(String.class).blockLast(PATIENCE);
		return ratio(commands(redis) - before, TOKENS);
	}

	private static void idle(LocalRedis redis, String uri, List<String> rows) {
		long memory = number(redis.command("INFO", "memory"), "used_memory:");
		List<AgentSocketClient> clients = new ArrayList<>();
		for (int i = 0; i < IDLE; i++) {
			clients.add(AgentSocketClient.builder(uri).build());
		}
		Flux.fromIterable(clients)
			.flatMap((client) -> client.invoke("safe").arguments(Map.of("n", 1)).toMono(Integer.class), 16)
			.blockLast(PATIENCE);
		// The first renewal forgets frames that were acknowledged.
		Mono.delay(Duration.ofSeconds(13)).block();
		rows.add("bytes per idle session=" + (number(redis.command("INFO", "memory"), "used_memory:") - memory) / IDLE);
		long before = commands(redis);
		Mono.delay(Duration.ofSeconds(20)).block();
		// The sessions are renewed every 10 s, a third of the idle timeout.
		rows.add("commands per idle session and renewal=" + ratio(commands(redis) - before, IDLE * 2));
		Flux.fromIterable(clients).flatMap(AgentSocketClient::close, 16).blockLast(PATIENCE);
	}

	/**
	 * All sessions call, each as soon as its call before is answered. Redis reads at a
	 * time as much as the pod has written at a time.
	 */
	private static void active(LocalRedis redis, String uri, int sessions, List<String> rows) {
		List<AgentSocketClient> clients = new ArrayList<>();
		for (int i = 0; i < sessions; i++) {
			clients.add(AgentSocketClient.builder(uri).build());
		}
		Flux.fromIterable(clients).flatMap(AgentSocketClient::connect, 16).blockLast(PATIENCE);
		for (String action : List.of("safe", "unsafe")) {
			int each = Math.max(4, Math.min(2_000, ACTIVE_CALLS / sessions));
			calls(clients, action, Math.max(1, each / 4));
			String stats = redis.command("INFO", "stats");
			long before = commands(redis);
			calls(clients, action, each);
			long commands = commands(redis) - before;
			String after = redis.command("INFO", "stats");
			String what = String.format(Locale.ROOT, " per call, %,d sessions with a call in flight, %s", sessions,
					action.equals("safe") ? "idempotent" : "not idempotent");
			int calls = each * sessions;
			rows.add("commands" + what + "=" + ratio(commands, calls));
			rows.add("bytes to Redis" + what + "=" + (grown(stats, after, "total_net_input_bytes:") / calls));
			rows.add("reads of Redis" + what + "=" + ratio(grown(stats, after, "total_reads_processed:"), calls));
		}
		Flux.fromIterable(clients).flatMap(AgentSocketClient::close, 16).blockLast(PATIENCE);
	}

	private static void calls(List<AgentSocketClient> clients, String action, int each) {
		Flux.fromIterable(clients)
			.flatMap((client) -> client.invoke(action).arguments(Map.of("n", 1)).toMono(Integer.class).repeat(each - 1),
					clients.size())
			.blockLast(PATIENCE);
	}

	private static long grown(String before, String after, String key) {
		return number(after, key) - number(before, key);
	}

	private static String ratio(long count, int base) {
		return String.format(Locale.ROOT, "%.2f", (double) count / base);
	}

	/** All commands from outside but INFO; what scripts call is in their own time. */
	private static long commands(LocalRedis redis) {
		long sum = 0;
		for (String line : redis.command("INFO", "commandstats").split("\\R")) {
			if (line.startsWith("cmdstat_evalsha:") || line.startsWith("cmdstat_eval:")) {
				sum += number(line, "calls=");
			}
		}
		return sum;
	}

	private static long number(String text, String key) {
		int from = text.indexOf(key) + key.length();
		int to = from;
		while (to < text.length() && Character.isDigit(text.charAt(to))) {
			to++;
		}
		return Long.parseLong(text.substring(from, to));
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

		@AgentTool(value = "safe", idempotent = true, blocking = AgentTool.Blocking.NO)
		int safe(int n) {
			return n;
		}

		@AgentTool(value = "unsafe", blocking = AgentTool.Blocking.NO)
		int unsafe(int n) {
			return n;
		}

		@AgentTool(value = "burst", readOnly = true)
		Flux<String> burst(int n) {
			return Flux.range(0, n).map((i) -> "token");
		}

		@AgentTool(value = "paced", readOnly = true)
		Flux<String> paced(int n) {
			return Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer().take(n).map((i) -> "token");
		}

	}

}
