package com.example.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import com.example.redis.LocalRedis;

/**
 * Agents that are connected to one pod and do nothing, with their sessions in Redis: what
 * the pod and Redis hold for each, and what they do.
 */
final class IdleSessions {

	private static final int SESSIONS = 10_000;

	/** Sessions without which the classes of the server would be counted. */
	private static final int WARM_UP = 200;

	/** All timers come around, with a third of an idle timeout of five minutes. */
	private static final String SECONDS = "120";

	/** The heap is as large as what is in it. */
	private static final List<String> SERVER_JVM = List.of("-XX:+UseSerialGC", "-Xmx2g", "-XX:MinHeapFreeRatio=5",
			"-XX:MaxHeapFreeRatio=10");

	private static final List<String> CLIENT_JVM = List.of("-Xmx3g");

	private IdleSessions() {
	}

	static void run(Options options) throws InterruptedException {
		int sessions = Options.number("sessions", SESSIONS);
		long seconds = Options.seconds(SECONDS).toSeconds();
		System.out.printf(Locale.ROOT, "%n%,d idle sessions in Redis, %d s%n%n", sessions, seconds);
		System.out
			.println("| | pod, heap per session, KB | pod, resident memory per session, KB | Redis, bytes per session "
					+ "| commands of the pod a second | pod, CPU, % of a core | Redis, CPU, % of a core |");
		System.out.println("|---|---|---|---|---|---|---|");
		for (String durability : List.of("strict", "relaxed")) {
			try (LocalRedis redis = LocalRedis.open()) {
				System.out
					.println("| " + durability + " | " + measure(options, redis, durability, sessions, seconds) + " |");
			}
		}
	}

	private static String measure(Options options, LocalRedis redis, String durability, int sessions, long seconds)
			throws InterruptedException {
		List<String> jvm = new ArrayList<>(SERVER_JVM);
		jvm.add("-Dspring.data.redis.host=" + redis.host());
		jvm.add("-Dspring.data.redis.port=" + redis.port());
		jvm.addAll(options.serverJvm());
		String entry = "agentsocket-cbor-redis-" + durability;
		try (ChildProcess server = ChildProcess.start(List.of(), jvm, "server", entry);
				ChildProcess client = ChildProcess.start(List.of(), CLIENT_JVM, "client", entry, server.answer())) {
			client.answer();
			client.ask("connect", Integer.toString(WARM_UP));
			Memory before = Memory.of(server);
			long storedBefore = number(redis.command("INFO", "memory"), "used_memory:");
			client.ask("connect", Integer.toString(WARM_UP + sessions));
			TimeUnit.SECONDS.sleep(5);
			Memory after = Memory.of(server);
			long stored = number(redis.command("INFO", "memory"), "used_memory:");
			long commands = commands(redis);
			double cpu = decimal(redis.command("INFO", "cpu"));
			long used = server.cpu().toMillis();
			TimeUnit.SECONDS.sleep(seconds);
			return String.format(Locale.ROOT, "%.1f | %.1f | %d | %.0f | %.1f | %.1f",
					(after.heap() - before.heap()) / 1024.0 / sessions,
					(after.resident() - before.resident()) / 1024.0 / sessions, (stored - storedBefore) / sessions,
					(commands(redis) - commands) / (double) seconds, (server.cpu().toMillis() - used) / 10.0 / seconds,
					(decimal(redis.command("INFO", "cpu")) - cpu) * 100 / seconds);
		}
	}

	/** All commands; those that a script makes are counted with it. */
	private static long commands(LocalRedis redis) {
		return number(redis.command("INFO", "stats"), "total_commands_processed:");
	}

	private static long number(String text, String key) {
		int from = text.indexOf(key) + key.length();
		int to = from;
		while (to < text.length() && Character.isDigit(text.charAt(to))) {
			to++;
		}
		return Long.parseLong(text.substring(from, to));
	}

	/** User and system time in seconds. */
	private static double decimal(String text) {
		double sum = 0;
		for (String line : text.split("\\R")) {
			if (line.startsWith("used_cpu_sys:") || line.startsWith("used_cpu_user:")) {
				sum += Double.parseDouble(line.substring(line.indexOf(':') + 1).trim());
			}
		}
		return sum;
	}

}
