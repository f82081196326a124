package com.example.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Calls and streams of one function: asked for directly, through a pod that relays, and
 * through a plain proxy. Everybody has a process of its own; the gateways have one core,
 * clients and function the other one.
 */
final class FunctionComparison {

	private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m");

	/** The heap of a gateway with open streams is as large as what is in it. */
	private static final List<String> SMALL_JVM = List.of("-XX:+UseSerialGC", "-Xmx1g", "-XX:MinHeapFreeRatio=5",
			"-XX:MaxHeapFreeRatio=10");

	private static final List<String> KINDS = List.of("direct", "relay", "proxy");

	private static final int STREAMS = 2000;

	private static final int SETTLE_MILLIS = 3000;

	private static final List<Measured> MEASURED = List.of(
			new Measured("1 call in flight", new Scenario("one", "", 1, 1, false, 0, true, 0), 0, 0),
			new Measured("64 in flight", new Scenario("calls-64", "", 1, 64, false, 0, true, 0), 0, 0),
			new Measured("1,000 in flight", new Scenario("calls-1000", "", 1, 1000, false, 0, true, 0), 0, 0),
			new Measured("1 stream, a token each 2 ms", null, 1, 2000),
			new Measured("100 streams, a token each 20 ms", null, 100, 20_000),
			new Measured("16 streams at full speed", new Scenario("stream-16", "", 1, 16, true, 0, false, 0), 0, 0));

	private final Options options;

	private final Map<String, Figures> figures = new LinkedHashMap<>();

	FunctionComparison(Options options) {
		this.options = options;
	}

	void run() throws InterruptedException {
		try (Cores cores = new Cores(this.options)) {
			compare(cores);
			System.out.println();
			System.out.printf(Locale.ROOT, "%d rounds of %.1f s; %s%n%n", this.options.rounds(),
					this.options.round().toMillis() / 1000.0,
					cores.describe().isEmpty() ? "" : "gateways on one core, clients and function on the other");
			System.out.println("| | " + String.join(" | ", KINDS) + " | relay - direct | relay / proxy |");
			System.out.println("|---|---|---|---|---|---|");
			this.figures.values().forEach((row) -> System.out.println(row(row)));
			if (this.options.idle() > 0) {
				System.out.println();
				System.out.printf(Locale.ROOT, "%,d open streams that nobody reads: KB of heap, KB resident for each%n",
						STREAMS);
				for (String kind : List.of("relay", "proxy")) {
					System.out.println("| " + kind + " | " + memory(kind, cores) + " |");
				}
			}
		}
	}

	private void compare(Cores cores) {
		List<ChildProcess> all = new ArrayList<>();
		try (ChildProcess function = server(cores, JVM, 1, "function", "0")) {
			String port = function.answer();
			cores.placeClient(function, false);
			Map<String, ChildProcess> gateways = new LinkedHashMap<>();
			Map<String, ChildProcess> clients = new LinkedHashMap<>();
			for (String kind : KINDS) {
				String target = port;
				if (!kind.equals("direct")) {
					ChildProcess gateway = server(cores, jvm(this.options.serverJvm(), kind), 0, kind, port);
					all.add(gateway);
					target = gateway.answer();
					cores.placeServer(gateway);
					gateways.put(kind, gateway);
				}
				ChildProcess client = ChildProcess.start(cores.start(1), jvm(this.options.clientJvm(), kind),
						"functions-client", kind, target);
				all.add(client);
				client.answer();
				cores.placeClient(client, false);
				clients.put(kind, client);
			}
			warmUp(clients);
			for (int round = 0; round < this.options.rounds(); round++) {
				for (Measured measured : MEASURED) {
					for (String kind : KINDS) {
						turn(measured, kind, clients.get(kind), gateways.get(kind));
					}
				}
			}
		}
		finally {
			all.forEach(ChildProcess::close);
		}
	}

	private static List<String> jvm(List<String> more, String kind) {
		List<String> jvm = new ArrayList<>(JVM);
		more.forEach((argument) -> jvm.add(argument.replace("{name}", kind)));
		return jvm;
	}

	private static ChildProcess server(Cores cores, List<String> jvm, int place, String kind, String function) {
		return ChildProcess.start(cores.start(place), jvm, "functions-server", kind, function);
	}

	private void warmUp(Map<String, ChildProcess> clients) {
		long each = Math.max(200, this.options.warmUp().toMillis() / MEASURED.size() / 2);
		for (int pass = 0; pass < 2; pass++) {
			for (Measured measured : MEASURED) {
				clients.values().forEach((client) -> measured.ask(client, Duration.ofMillis(each)));
			}
		}
		System.err.println("warm");
	}

	private void turn(Measured measured, String kind, ChildProcess client, @Nullable ChildProcess gateway) {
		Duration before = (gateway != null) ? gateway.cpu() : Duration.ZERO;
		LoadResult result = measured.ask(client, this.options.round());
		Duration cpu = (gateway != null) ? gateway.cpu().minus(before) : Duration.ZERO;
		String title = measured.title();
		if (result.p50() > 0) {
			add(title + ", p50, us", kind, result.p50() / 1000.0);
			add(title + ", p99, us", kind, result.p99() / 1000.0);
		}
		if (measured.streams() == 0) {
			add(title + ", per second", kind, result.perSecond());
		}
		if (gateway != null) {
			add(title + ", CPU of the gateway for each, us", kind, cpu.toNanos() / 1000.0 / result.operations());
		}
	}

	private void add(String title, String kind, double value) {
		this.figures.computeIfAbsent(title, (added) -> new Figures(added, added)).add(kind, value);
	}

	private static String row(Figures figures) {
		StringBuilder row = new StringBuilder("| ").append(figures.title()).append(" |");
		for (String kind : KINDS) {
			row.append(' ').append(cell(figures.of(kind))).append(" |");
		}
		List<Double> added = new ArrayList<>();
		List<Double> ratios = new ArrayList<>();
		for (int i = 0; i < figures.of("relay").size(); i++) {
			double relayed = figures.of("relay").get(i);
			if (!figures.of("direct").isEmpty() && figures.title().endsWith(", us")) {
				added.add(relayed - figures.of("direct").get(i));
			}
			ratios.add(relayed / figures.of("proxy").get(i));
		}
		return row.append(' ').append(cell(added)).append(" | ").append(cell(ratios)).append(" |").toString();
	}

	private static String cell(List<Double> values) {
		if (values.isEmpty()) {
			return "-";
		}
		double median = Figures.median(values);
		String format = (Math.abs(median) >= 1000) ? "%,.0f" : (Math.abs(median) >= 10) ? "%.1f" : "%.2f";
		return String.format(Locale.ROOT, format + " (" + format + " to " + format + ")", median, Figures.min(values),
				Figures.max(values));
	}

	/** Memory of a gateway for streams whose receivers take one item, and no more. */
	private static String memory(String kind, Cores cores) throws InterruptedException {
		try (ChildProcess function = server(cores, JVM, 1, "function", "0");
				ChildProcess gateway = server(cores, SMALL_JVM, 0, kind, function.answer());
				ChildProcess client = ChildProcess.start(cores.start(1), List.of("-Xmx2g"), "functions-client", kind,
						gateway.answer())) {
			client.answer();
			client.ask("paced", "50", "20000", "1000");
			Memory before = Memory.of(gateway);
			boolean agents = kind.equals("relay");
			if (agents) {
				client.ask("connect", String.valueOf(STREAMS));
			}
			Memory connected = Memory.of(gateway);
			client.ask("stall", String.valueOf(STREAMS));
			Thread.sleep(SETTLE_MILLIS);
			Memory open = Memory.of(gateway);
			return String.format(Locale.ROOT, "%.1f | %.1f | of that connected agents %.1f | %.1f",
					(open.heap() - before.heap()) / 1024.0 / STREAMS,
					(open.resident() - before.resident()) / 1024.0 / STREAMS,
					(connected.heap() - before.heap()) / 1024.0 / STREAMS,
					(connected.resident() - before.resident()) / 1024.0 / STREAMS);
		}
	}

	/**
	 * A thing to measure.
	 *
	 * @param scenario a closed loop, or {@code null} for streams with a pace
	 */
	private record Measured(String title, @Nullable Scenario scenario, int streams, int everyMicros) {

		LoadResult ask(ChildProcess client, Duration time) {
			String millis = Long.toString(time.toMillis());
			return LoadResult.parse((this.scenario != null) ? client.ask("run", this.scenario.encode(), millis)
					: client.ask("paced", String.valueOf(this.streams), String.valueOf(this.everyMicros), millis));
		}

	}

}
