package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import com.example.benchmark.Language.Wire;

/**
 * Compares the clients of Agent Socket with the clients of gRPC and MCP in the same
 * language. All call servers in Java, which stay the same for all languages; each client
 * has its turn in each round.
 */
final class ClientComparison {

	private static final Scenario STREAM = Scenario.streams("stream-1", "tokens a second, 1 stream", 1);

	private static final Scenario BUSY = Scenario.calls("calls-64", "calls a second, 64 in flight", 1, 64);

	private static final List<Scenario> SCENARIOS = List.of(Scenario.calls("one", "calls a second, 1 in flight", 1, 1),
			BUSY, STREAM);

	private static final List<String> SERVER_JVM = List.of("-Xms512m", "-Xmx512m");

	private static final int IDLE = 100;

	private static final Path DOCUMENT = Path.of("..", "..", "docs", "clients.md");

	/**
	 * Warm-ups of a client are so many times as long as a turn; the JIT of the slowest
	 * needs some.
	 */
	private static final int WARM_UP_TURNS = 4;

	private final Options options;

	private final ClientFigures figures = new ClientFigures();

	private final Map<Wire, ChildProcess> servers = new EnumMap<>(Wire.class);

	private final Map<Wire, Integer> ports = new EnumMap<>(Wire.class);

	private final List<String> missing = new ArrayList<>();

	ClientComparison(Options options) {
		this.options = options;
	}

	void run() throws IOException, InterruptedException {
		List<Language> languages = new ArrayList<>();
		for (Language language : Language.values()) {
			progress("preparing " + language.title());
			String reason = language.missing();
			if (reason == null) {
				languages.add(language);
			}
			else {
				this.missing.add("Not run: the " + language.title() + " clients, " + reason);
			}
		}
		try (Cores cores = new Cores(this.options)) {
			try {
				serve(cores);
				compare(languages, cores);
				for (Language language : languages) {
					for (Wire wire : Wire.values()) {
						tryIdle(language, wire, cores);
					}
				}
			}
			finally {
				this.servers.values().forEach(ChildProcess::close);
			}
			List<String> table = this.figures.markdown(languages, environment(cores));
			table.forEach(System.out::println);
			this.missing.forEach(System.out::println);
			if (Boolean.getBoolean("bench.write")) {
				ClientFigures.write(DOCUMENT, table);
			}
		}
	}

	private void serve(Cores cores) {
		for (Wire wire : Wire.values()) {
			ChildProcess server = ChildProcess.start(cores.start(0), SERVER_JVM, "server", wire.entry());
			this.servers.put(wire, server);
		}
		this.servers.forEach((wire, server) -> {
			this.ports.put(wire, Integer.parseInt(server.answer()));
			cores.placeServer(server);
		});
	}

	private void compare(List<Language> languages, Cores cores) {
		List<Client> clients = new ArrayList<>();
		try {
			for (Language language : languages) {
				for (Wire wire : Wire.values()) {
					clients.add(start(language, wire, cores));
				}
			}
			for (Client client : clients) {
				progress("warming up " + client.name());
				for (Scenario scenario : SCENARIOS) {
					client.run(scenario, this.options.round().multipliedBy(WARM_UP_TURNS), cores);
				}
			}
			for (int round = 1; round <= this.options.rounds(); round++) {
				for (Scenario scenario : SCENARIOS) {
					progress("round " + round + ", " + scenario.title());
					for (Client client : clients) {
						measure(client, scenario, cores);
					}
				}
			}
		}
		finally {
			clients.forEach((client) -> client.process().close());
		}
	}

	private void measure(Client client, Scenario scenario, Cores cores) {
		Duration before = client.process().cpu();
		LoadResult result = client.run(scenario, this.options.round(), cores);
		this.figures.add(client.language(), client.wire(), scenario.title(), result.perSecond());
		if (scenario == BUSY) {
			double micros = client.process().cpu().minus(before).toNanos() / 1000.0;
			this.figures.add(client.language(), client.wire(), ClientFigures.CPU, micros / result.operations());
		}
	}

	private Client start(Language language, Wire wire, Cores cores) {
		ChildProcess process = language.start(cores, wire, this.ports.get(wire));
		process.answer();
		cores.placeClient(process, false);
		return new Client(language, wire, process);
	}

	/** The other figures are worth something without these. */
	private void tryIdle(Language language, Wire wire, Cores cores) {
		try {
			measureIdle(language, wire, cores);
		}
		catch (IllegalStateException ex) {
			progress("not measured: " + ex.getMessage());
		}
	}

	/** In a process of its own, in which nothing else has left garbage. */
	private void measureIdle(Language language, Wire wire, Cores cores) {
		Client client = start(language, wire, cores);
		progress("idle connections of " + client.name());
		try (ChildProcess process = client.process()) {
			process.ask("connect", "1");
			Memory before = Memory.of(process);
			process.ask("connect", Integer.toString(1 + IDLE));
			Memory after = Memory.of(process);
			this.figures.add(language, wire, ClientFigures.IDLE,
					(after.resident() - before.resident()) / 1024.0 / IDLE);
		}
	}

	private String environment(Cores cores) {
		return String.format("Java %s, %d cores; %s. Medians of %d rounds of %.1f s; ratios are those of one round.",
				Runtime.version(), Runtime.getRuntime().availableProcessors(), cores.describe(), this.options.rounds(),
				this.options.round().toMillis() / 1000.0);
	}

	private static void progress(String text) {
		System.err.println(text);
	}

	/**
	 * A client of a language and protocol with its process.
	 *
	 * @param language the language
	 * @param wire the protocol
	 * @param process its process
	 */
	private record Client(Language language, Wire wire, ChildProcess process) {

		String name() {
			return this.language.title() + ", " + this.wire.title();
		}

		LoadResult run(Scenario scenario, Duration duration, Cores cores) {
			cores.placeClient(this.process, scenario.latency());
			try {
				return LoadResult.parse(this.process.ask("run", scenario.encode(), Long.toString(duration.toMillis())));
			}
			finally {
				cores.placeClient(this.process, false);
			}
		}

	}

}
