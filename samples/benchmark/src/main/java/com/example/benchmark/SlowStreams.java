package com.example.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Many connections with one stream each that has an item now and then, as agents have
 * them all day. Measures what an item costs the server, how long it takes from where it
 * is made to the client, and the memory of the server.
 */
final class SlowStreams {

	/** Contestants that take part without being named. */
	private static final Set<String> BY_DEFAULT = Set.of(Entry.BASE, "agentsocket-cbor",
			"agentsocket-cbor-redis-strict", "agentsocket-cbor-redis-relaxed", "rsocket-ws", "grpc-bidi", "http");

	/** Everybody has the same heap, with some to spare for so many connections. */
	private static final List<String> JVM = List.of("-Xms1g", "-Xmx1g");

	private static final int AGENTS = 2_000;

	/** 20 items a second. */
	private static final int PERIOD = 50;

	private static final int WARM_UP_CONNECTIONS = 200;

	private final Options options;

	private final Duration warmUp;

	private final Duration duration;

	private final int rounds;

	private final int agents = Options.number("agents", AGENTS);

	private final int period = Options.number("period", PERIOD);

	private final Map<String, Figures> figures = new LinkedHashMap<>();

	/**
	 * Create the measurement.
	 * @param options whom to measure
	 * @param warmUp how long the streams run before they are measured
	 * @param duration how long they are measured
	 * @param rounds how often
	 */
	SlowStreams(Options options, Duration warmUp, Duration duration, int rounds) {
		this.options = options;
		this.warmUp = warmUp;
		this.duration = duration;
		this.rounds = rounds;
	}

	void run() throws IOException, InterruptedException {
		try (Redis redis = Redis.find(); Cores cores = new Cores(this.options)) {
			List<Entry> entries = this.options.entries(redis)
				.stream()
				.filter((entry) -> (this.options.isWhole() ? BY_DEFAULT : this.options.contestants())
					.contains(entry.key()))
				.toList();
			for (int round = 0; round < this.rounds; round++) {
				for (Entry entry : entries) {
					System.err.println("slow streams of " + entry.key());
					try {
						measure(entry, redis, cores);
					}
					catch (IllegalStateException ex) {
						System.err.println("not measured: " + ex.getMessage());
					}
				}
			}
			System.out.println(markdown(entries));
		}
	}

	private void measure(Entry entry, Redis redis, Cores cores) throws InterruptedException {
		List<String> jvm = new ArrayList<>(JVM);
		jvm.addAll(redis.jvmArguments());
		jvm.addAll(named(this.options.serverJvm(), entry, "server"));
		List<String> clientJvm = new ArrayList<>(JVM);
		clientJvm.addAll(named(this.options.clientJvm(), entry, "client"));
		try (ChildProcess server = ChildProcess.start(cores.start(0), jvm, "server", entry.key());
				ChildProcess client = ChildProcess.start(cores.start(1), clientJvm, "client", entry.key(),
						server.answer())) {
			client.answer();
			cores.placeServer(server);
			cores.placeClient(client, false);
			client.ask("connect", Integer.toString(Math.min(WARM_UP_CONNECTIONS, this.agents / 2)));
			Memory before = Memory.of(server);
			client.ask("paced", Integer.toString(this.agents), Integer.toString(this.period));
			cores.placeServer(server);
			cores.placeClient(client, false);
			TimeUnit.NANOSECONDS.sleep(this.warmUp.toNanos());
			client.ask("delays");
			long start = System.nanoTime();
			Duration serverBefore = server.cpu();
			Duration clientBefore = client.cpu();
			Duration redisBefore = redis.cpu();
			TimeUnit.NANOSECONDS.sleep(this.duration.toNanos());
			PacedStreams.Delays delays = PacedStreams.Delays.parse(client.ask("delays"));
			double seconds = (System.nanoTime() - start) / 1e9;
			add(entry, "items/s", delays.items() / seconds);
			add(entry, "server CPU per item, us", micros(serverBefore, server.cpu()) / delays.items());
			add(entry, "client CPU per item, us", micros(clientBefore, client.cpu()) / delays.items());
			if (entry.redis()) {
				add(entry, "Redis CPU per item, us", micros(redisBefore, redis.cpu()) / delays.items());
			}
			add(entry, "p50, ms", delays.p50() / 1e6);
			add(entry, "p99, ms", delays.p99() / 1e6);
			add(entry, "longest, ms", delays.max() / 1e6);
			Memory after = Memory.of(server);
			int added = this.agents - Math.min(WARM_UP_CONNECTIONS, this.agents / 2);
			add(entry, "heap per agent, KB", (after.heap() - before.heap()) / 1024.0 / added);
			add(entry, "resident memory of the server, MB", after.resident() / 1024.0 / 1024.0);
			this.figures.forEach((title, column) -> column.of(entry.key())
				.forEach((value) -> System.err.println(title + ": " + value)));
		}
	}

	private static List<String> named(List<String> arguments, Entry entry, String role) {
		return arguments.stream().map((argument) -> argument.replace("{name}", entry.key() + "-" + role)).toList();
	}

	private static double micros(Duration from, Duration to) {
		return to.minus(from).toNanos() / 1000.0;
	}

	private void add(Entry entry, String title, double value) {
		this.figures.computeIfAbsent(title, (added) -> new Figures(title, title)).add(entry.key(), value);
	}

	private String markdown(List<Entry> entries) {
		List<String> lines = new ArrayList<>();
		lines.add("");
		lines.add(String.format(Locale.ROOT,
				"%,d agents with a stream each, an item of 20 bytes every %d ms (%,d items/s), %d s after %d s, rounds: %d",
				this.agents, this.period, this.agents * 1000L / this.period, this.duration.toSeconds(),
				this.warmUp.toSeconds(), this.rounds));
		lines.add("");
		lines.add("| | " + String.join(" | ", this.figures.keySet()) + " |");
		lines.add("|---".repeat(this.figures.size() + 1) + "|");
		for (Entry entry : entries) {
			StringBuilder line = new StringBuilder("| ").append(entry.title()).append(" |");
			for (Figures column : this.figures.values()) {
				line.append(' ').append(cell(column.of(entry.key()))).append(" |");
			}
			lines.add(line.toString());
		}
		return String.join("\n", lines) + "\n";
	}

	private static String cell(List<Double> values) {
		if (values.isEmpty()) {
			return "-";
		}
		double median = Figures.median(values);
		String format = (median >= 100) ? "%,.0f" : (median >= 10) ? "%.1f" : "%.2f";
		String text = String.format(Locale.ROOT, format, median);
		return (values.size() == 1) ? text : text + " (" + String.format(Locale.ROOT, format, Figures.min(values)) + "-"
				+ String.format(Locale.ROOT, format, Figures.max(values)) + ")";
	}

}
