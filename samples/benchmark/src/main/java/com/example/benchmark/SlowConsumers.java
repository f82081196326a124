package com.example.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Memory that a server holds for clients that take nothing: the process of the clients is
 * stopped while each of its connections has streams of tokens open that do not end.
 */
final class SlowConsumers {

	private static final int CONNECTIONS = 20;

	private static final int SETTLE_SECONDS = 3;

	private final Options options;

	SlowConsumers(Options options) {
		this.options = options;
	}

	void run() throws IOException, InterruptedException {
		if (!Cores.isOnPath("kill")) {
			throw new IllegalStateException("Processes cannot be stopped here");
		}
		List<String> lines = new ArrayList<>(List.of("",
				"| server | heap, KB per connection | resident memory, KB per connection | heap, change in "
						+ SETTLE_SECONDS + " s more | resident memory, change in " + SETTLE_SECONDS + " s more |",
				"|---|---|---|---|---|"));
		try (Redis redis = Redis.find()) {
			for (Entry entry : this.options.entries(redis)) {
				if (entry.contestant().get().streams()) {
					System.err.println(entry.key());
					lines.add("| " + entry.title() + " | " + measure(entry, redis) + " |");
				}
			}
		}
		System.out.println(String.join("\n", lines));
	}

	private String measure(Entry entry, Redis redis) throws IOException, InterruptedException {
		List<String> jvm = new ArrayList<>(List.of("-Xmx512m"));
		jvm.addAll(redis.jvmArguments());
		jvm.addAll(this.options.serverJvm());
		try (ChildProcess server = ChildProcess.start(List.of(), jvm, "server", entry.key());
				ChildProcess client = ChildProcess.start(List.of(), List.of("-Xmx512m"), "client", entry.key(),
						server.answer())) {
			client.answer();
			client.ask("connect", Integer.toString(CONNECTIONS));
			// Everything that a stream needs is there before.
			client.ask("count", new Scenario("slow", "", CONNECTIONS, 1, true, 0, false, 0).encode(), "1", "0");
			Memory before = Memory.of(server);
			client.ask("flood");
			signal(client, "-STOP");
			try {
				TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
				Memory full = Memory.of(server);
				TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
				Memory later = Memory.of(server);
				return String.format("%.1f | %.1f | %+.1f | %+.1f",
						(full.heap() - before.heap()) / 1024.0 / CONNECTIONS,
						(full.resident() - before.resident()) / 1024.0 / CONNECTIONS,
						(later.heap() - full.heap()) / 1024.0 / CONNECTIONS,
						(later.resident() - full.resident()) / 1024.0 / CONNECTIONS);
			}
			finally {
				signal(client, "-KILL");
			}
		}
		catch (IllegalStateException ex) {
			return "not measured: " + ex.getMessage() + " | | |";
		}
	}

	private static void signal(ChildProcess process, String signal) throws IOException, InterruptedException {
		new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
	}

}
