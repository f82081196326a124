package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Starts all contestants, gives each its turn in each round and reports.
 */
final class Comparison {

	private static final List<Scenario> SCENARIOS = List.of(Scenario.ONE, Scenario.BUSY,
			Scenario.calls("calls-256", "256 in flight, one connection", 1, 256),
			Scenario.calls("calls-64x4", "64 connections x 4 in flight", 64, 4),
			Scenario.streams("stream-1", "1 token stream, items/s", 1),
			Scenario.streams("stream-16", "16 token streams, items/s", 16));

	/** Servers and clients have the same heap. */
	private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m");

	/** The heap of a server with idle connections is as large as what is in it. */
	private static final List<String> IDLE_JVM = List.of("-XX:+UseSerialGC", "-Xmx1g", "-XX:MinHeapFreeRatio=5",
			"-XX:MaxHeapFreeRatio=10");

	private static final List<String> IDLE_CLIENT_JVM = List.of("-Xmx3g");

	private static final int IDLE_WARM_UP = 200;

	private static final int BYTES_CALLS = 50;

	private static final Duration WARM_UP_TURN = Duration.ofMillis(300);

	/** Time of all warm-ups together, so that a run ends within 20 minutes. */
	private static final Duration WARM_UP_TOTAL = Duration.ofMinutes(5);

	/** Least time for each of the others when one takes long. */
	private static final Duration WARM_UP_LEAST = Duration.ofSeconds(8);

	/**
	 * A window of one short turn is steady by chance, and compilers tell of a method when
	 * they have compiled it, which takes them up to a second of a busy core.
	 */
	private static final Duration WARM_UP_WINDOW = Duration.ofSeconds(3);

	/** Two windows whose throughput differs by no more than this are the same. */
	private static final double STEADY = 0.05;

	/** Share of the time that two JVMs compile when they are not yet warm. */
	private static final double COMPILING = 0.1;

	private final Options options;

	/** Version of the contestants' Java. */
	private String java = "";

	private final long started = System.nanoTime();

	private final Map<String, Figures> figures = new LinkedHashMap<>();

	Comparison(Options options) {
		this.options = options;
	}

	void run() throws IOException {
		try (Redis redis = Redis.find(); Cores cores = new Cores(this.options)) {
			List<Entry> entries = this.options.entries(redis);
			compare(entries, cores, redis);
			if (this.options.idle() > 0) {
				for (Entry entry : entries) {
					if (entry.maxIdle() > 0) {
						tryIdle(entry, cores, redis);
					}
				}
			}
			Report report = new Report(this.java, this.options, cores, entries, List.copyOf(this.figures.values()));
			System.out.println(report.markdown());
			Path file = report.write();
			progress("wrote " + file);
		}
	}

	private void compare(List<Entry> entries, Cores cores, Redis redis) throws IOException {
		List<Party> parties = new ArrayList<>();
		try {
			progress("starting " + entries.size() + " contestants");
			for (Entry entry : entries) {
				parties.add(new Party(entry, cores, server(redis), client(), parties.size(), this.options.isWhole()));
			}
			parties.forEach(Party::startClient);
			parties.forEach(Party::awaitClient);
			this.java = parties.get(0).server.ask("java");
			List<Scenario> scenarios = scenarios();
			warmUp(parties, scenarios);
			for (int round = 1; round <= this.options.rounds(); round++) {
				for (Scenario scenario : scenarios) {
					progress("round " + round + ", " + scenario.key());
					for (Party party : parties) {
						if (party.canDo(scenario)) {
							measure(party, scenario, redis);
						}
					}
				}
			}
			for (Party party : parties) {
				progress("bytes of " + party.entry.key());
				countBytes(party);
			}
		}
		finally {
			parties.forEach(Party::close);
		}
	}

	private List<Scenario> scenarios() {
		List<Scenario> scenarios = new ArrayList<>(SCENARIOS);
		scenarios.addAll(Scenario.large());
		for (int connections : this.options.connections()) {
			scenarios.add(Scenario.connections(connections));
		}
		for (int size : this.options.sizes()) {
			scenarios.add(Scenario.ONE.withArguments(size));
			scenarios.add(Scenario.BUSY.withArguments(size));
		}
		scenarios.removeIf((scenario) -> !this.options.scenarios().isEmpty()
				&& !this.options.scenarios().contains(scenario.key()));
		return scenarios;
	}

	private void warmUp(List<Party> parties, List<Scenario> scenarios) {
		long start = System.nanoTime();
		int others = parties.size();
		for (Party party : parties) {
			others--;
			Duration left = WARM_UP_TOTAL.minusNanos(System.nanoTime() - start)
				.minus(WARM_UP_LEAST.multipliedBy(others));
			Duration limit = this.options.warmUp();
			if (limit.compareTo(left) > 0 && this.options.isWhole()) {
				limit = (left.compareTo(WARM_UP_LEAST) > 0) ? left : WARM_UP_LEAST;
			}
			List<Scenario> possible = scenarios.stream().filter(party::canDo).toList();
			if (!possible.isEmpty()) {
				warmUp(party, possible, limit);
			}
		}
	}

	/**
	 * Run all scenarios over and over, until two windows have the same throughput and the
	 * compilers of both JVMs have little to do.
	 */
	private void warmUp(Party party, List<Scenario> scenarios, Duration limit) {
		long start = System.nanoTime();
		long compiledBefore = party.compiled();
		double logBefore = Double.NaN;
		Duration before = Duration.ZERO;
		boolean warm = false;
		while (!warm && before.compareTo(limit) < 0) {
			double log = 0;
			int passes = 0;
			Duration now = before;
			while (now.minus(before).compareTo(WARM_UP_WINDOW) < 0) {
				for (Scenario scenario : scenarios) {
					log += Math.log(Math.max(1, party.run(scenario, WARM_UP_TURN).perSecond())) / scenarios.size();
				}
				passes++;
				now = Duration.ofNanos(System.nanoTime() - start);
			}
			log /= passes;
			long compiled = party.compiled();
			boolean steady = Math.abs(log - logBefore) <= STEADY;
			warm = steady && compiled - compiledBefore <= COMPILING * now.minus(before).toMillis();
			compiledBefore = compiled;
			logBefore = log;
			before = now;
		}
		progress(
				(warm ? "warm is " : "not yet steady is ") + party.entry.key() + " after " + before.toSeconds() + " s");
	}

	private void measure(Party party, Scenario scenario, Redis redis) {
		String key = party.entry.key();
		Duration beforeRedis = redis.cpu();
		Duration before = party.server.cpu();
		Duration beforeClient = party.client.cpu();
		LoadResult result = party.run(scenario, this.options.round());
		figures(scenario.key(), scenario.title()).add(key, result.perSecond());
		if (scenario.latency()) {
			figures(scenario.key() + "-p50", scenario.title() + ", p50, us").add(key, result.p50() / 1000.0);
			figures(scenario.key() + "-p99", scenario.title() + ", p99, us").add(key, result.p99() / 1000.0);
		}
		if (scenario.latency() && party.entry.redis() && scenario.argumentBytes() == 0) {
			figures("script-p50", "a script of Redis that does nothing, p50, us").add(key,
					Long.parseLong(party.server.ask("script", Long.toString(this.options.round().toMillis())))
							/ 1000.0);
		}
		if (scenario.isLarge()) {
			figures(scenario.key() + "-cpu", scenario.title() + ", server CPU per call, us").add(key,
					micros(before, party.server.cpu()) / result.operations());
		}
		if (scenario.key().equals(Scenario.BUSY.key())) {
			figures("server-cpu", "server CPU per call at 64 in flight, us").add(key,
					micros(before, party.server.cpu()) / result.operations());
			figures("client-cpu", "client CPU per call at 64 in flight, us").add(key,
					micros(beforeClient, party.client.cpu()) / result.operations());
			if (party.entry.redis()) {
				figures("redis-cpu", "Redis CPU per call at 64 in flight, us").add(key,
						micros(beforeRedis, redis.cpu()) / result.operations());
			}
		}
	}

	private static double micros(Duration from, Duration to) {
		return to.minus(from).toNanos() / 1000.0;
	}

	private void countBytes(Party party) throws IOException {
		try (CountingProxy proxy = new CountingProxy(party.port)) {
			String port = Integer.toString(proxy.port());
			count(party, Scenario.BUSY, 2, port);
			long before = proxy.bytes();
			long calls = count(party, Scenario.BUSY, BYTES_CALLS, "0").operations();
			figures("bytes", "bytes up + down per call, 64 in flight").add(party.entry.key(),
					(proxy.bytes() - before) / (double) calls);
			before = proxy.bytes();
			calls = count(party, Scenario.ONE, BYTES_CALLS * 10, "0").operations();
			figures("bytes-one", "bytes up + down per call, 1 in flight").add(party.entry.key(),
					(proxy.bytes() - before) / (double) calls);
			if (party.streams) {
				Scenario streams = Scenario.streams("stream", "", 1);
				count(party, streams, 2, "0");
				before = proxy.bytes();
				long items = count(party, streams, BYTES_CALLS, "0").operations();
				figures("bytes-stream", "bytes up + down per token, 1 stream").add(party.entry.key(),
						(proxy.bytes() - before) / (double) items);
			}
		}
	}

	private static LoadResult count(Party party, Scenario scenario, int each, String port) {
		return LoadResult.parse(party.client.ask("count", scenario.encode(), Integer.toString(each), port));
	}

	/** The other figures are worth something without these. */
	private void tryIdle(Entry entry, Cores cores, Redis redis) {
		try {
			measureIdle(entry, cores, redis);
		}
		catch (IllegalStateException ex) {
			progress("not measured: " + ex.getMessage());
		}
	}

	private void measureIdle(Entry entry, Cores cores, Redis redis) {
		progress("idle connections of " + entry.key());
		List<String> server = new ArrayList<>(IDLE_JVM);
		server.addAll(redis.jvmArguments());
		try (Party party = new Party(entry, cores, server, IDLE_CLIENT_JVM, 0, false)) {
			party.startClient();
			party.awaitClient();
			int connections = Math.min(this.options.idle(), entry.maxIdle());
			party.client.ask("connect", Integer.toString(IDLE_WARM_UP));
			Memory before = Memory.of(party.server);
			party.client.ask("connect", Integer.toString(IDLE_WARM_UP + connections));
			Memory after = Memory.of(party.server);
			figures("idle-heap", "heap per idle connection, KB").add(entry.key(),
					(after.heap() - before.heap()) / 1024.0 / connections);
			figures("idle-rss", "resident memory per idle connection, KB").add(entry.key(),
					(after.resident() - before.resident()) / 1024.0 / connections);
		}
	}

	private List<String> server(Redis redis) {
		List<String> arguments = new ArrayList<>(JVM);
		arguments.addAll(redis.jvmArguments());
		arguments.addAll(this.options.serverJvm());
		return arguments;
	}

	private List<String> client() {
		List<String> arguments = new ArrayList<>(JVM);
		arguments.addAll(this.options.clientJvm());
		return arguments;
	}

	private Figures figures(String key, String title) {
		return this.figures.computeIfAbsent(key, (added) -> new Figures(key, title));
	}

	private void progress(String text) {
		long seconds = Duration.ofNanos(System.nanoTime() - this.started).toSeconds();
		System.err.printf("%3d:%02d %s%n", seconds / 60, seconds % 60, text);
	}

	/** A contestant with its two processes. */
	private static final class Party implements AutoCloseable {

		private final Entry entry;

		private final Cores cores;

		private final List<String> clientJvm;

		private final int place;

		private final boolean streams;

		private final boolean large;

		private final ChildProcess server;

		private ChildProcess client;

		private int port;

		Party(Entry entry, Cores cores, List<String> serverJvm, List<String> clientJvm, int place, boolean whole) {
			this.entry = entry;
			this.cores = cores;
			this.clientJvm = named(clientJvm, entry, "client");
			this.place = place;
			Contestant contestant = entry.contestant().get();
			this.streams = contestant.streams();
			this.large = contestant.texts() && (!whole || entry.isInLargeRows());
			this.server = ChildProcess.start(cores.start(place), named(serverJvm, entry, "server"), "server",
					entry.key());
		}

		/** So that a recording has a file of its own. */
		private static List<String> named(List<String> arguments, Entry entry, String role) {
			return arguments.stream().map((argument) -> argument.replace("{name}", entry.key() + "-" + role)).toList();
		}

		void startClient() {
			this.port = Integer.parseInt(this.server.answer());
			this.cores.placeServer(this.server);
			this.client = ChildProcess.start(this.cores.start(this.place + 1), this.clientJvm, "client",
					this.entry.key(), Integer.toString(this.port));
		}

		void awaitClient() {
			this.client.answer();
			this.cores.placeClient(this.client, false);
		}

		/** Milliseconds that both have compiled. */
		long compiled() {
			return Long.parseLong(this.server.ask("compiled")) + Long.parseLong(this.client.ask("compiled"));
		}

		boolean canDo(Scenario scenario) {
			return (this.streams || !scenario.streams()) && (this.large || !scenario.isLarge());
		}

		LoadResult run(Scenario scenario, Duration duration) {
			this.cores.placeClient(this.client, scenario.latency());
			try {
				return LoadResult.parse(this.client.ask("run", scenario.encode(), Long.toString(duration.toMillis())));
			}
			finally {
				this.cores.placeClient(this.client, false);
			}
		}

		@Override
		public void close() {
			if (this.client != null) {
				this.client.close();
			}
			this.server.close();
		}

	}

}
