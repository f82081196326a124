package com.example.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A process of one contestant, its server or its client. It obeys the lines of its input,
 * answers each with a line that starts with {@code #}, and ends with its input.
 */
final class Child {

	private static final int CONNECTING_THREADS = 8;

	private static final int FLOOD_STREAMS = 4;

	private final Contestant contestant;

	private final PacedStreams paced = new PacedStreams();

	private final List<Connection> connections = new ArrayList<>();

	private Child(Contestant contestant) {
		this.contestant = contestant;
	}

	/**
	 * Serve until the input ends.
	 * @param key the contestant
	 */
	static void serve(String key) throws IOException {
		Contestant contestant = Entry.named(key).contestant().get();
		Server server = contestant.serve();
		answer(Integer.toString(server.port()));
		new Child(contestant).obey(0);
	}

	/**
	 * Drive a server until the input ends.
	 * @param key the contestant
	 * @param port where its server listens
	 */
	static void drive(String key, int port) throws IOException {
		Contestant contestant = Entry.named(key).contestant().get();
		answer("ready");
		new Child(contestant).obey(port);
	}

	/**
	 * Keep a core from halting, at a priority that yields to everything else.
	 */
	static void spin() {
		Thread parent = new Thread(() -> {
			try {
				while (System.in.read() >= 0) {
					continue;
				}
			}
			catch (IOException ex) {
				// The same as the end of the input.
			}
			Runtime.getRuntime().halt(0);
		}, "parent");
		parent.start();
		while (parent.isAlive()) {
			Thread.onSpinWait();
		}
	}

	private void obey(int port) throws IOException {
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = input.readLine(); line != null; line = input.readLine()) {
			String[] words = line.split(" ");
			try {
				answer(obey(words, port));
			}
			catch (Exception ex) {
				ex.printStackTrace();
				answer("failed " + ex);
			}
		}
		boolean recorded = ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.anyMatch((argument) -> argument.startsWith("-XX:StartFlightRecording"));
		if (recorded) {
			System.exit(0);
		}
		// Threads that its frameworks have left running end with it.
		Runtime.getRuntime().halt(0);
	}

	private String obey(String[] words, int port) throws Exception {
		return switch (words[0]) {
			case "memory" -> memory();
			case "compiled" -> Long.toString(ManagementFactory.getCompilationMXBean().getTotalCompilationTime());
			case "run" -> {
				Scenario scenario = Scenario.parse(words[1]);
				connect(port, scenario.connections());
				yield Load.run(scenario, this.connections, Duration.ofMillis(Long.parseLong(words[2]))).encode();
			}
			case "script" -> Long.toString(ScriptRoundTrip.median(Duration.ofMillis(Long.parseLong(words[1]))));
			case "count" -> {
				// On a connection of its own, through a proxy if its port is given.
				Scenario scenario = Scenario.parse(words[1]);
				int each = Integer.parseInt(words[2]);
				int proxy = Integer.parseInt(words[3]);
				if (proxy != 0) {
					this.connections.add(0, this.contestant.connect(proxy));
				}
				yield Load.run(scenario, this.connections, each).encode();
			}
			case "flood" -> {
				// More than anybody takes.
				for (Connection connection : this.connections) {
					for (int i = 0; i < FLOOD_STREAMS; i++) {
						connection.tokens(new TokensRequest(Integer.MAX_VALUE), (error) -> {
						});
					}
				}
				yield "0";
			}
			case "paced" -> {
				connect(port, Integer.parseInt(words[1]));
				this.paced.open(this.connections, Integer.parseInt(words[2]));
				yield "0";
			}
			case "delays" -> this.paced.take().encode();
			case "java" -> Runtime.version().toString();
			case "connect" -> {
				connect(port, Integer.parseInt(words[1]));
				yield Integer.toString(this.connections.size());
			}
			case "disconnect" -> {
				this.connections.forEach(Connection::close);
				this.connections.clear();
				yield "0";
			}
			default -> throw new IllegalArgumentException(words[0]);
		};
	}

	/** Open connections and make a call on each, so that all of it is set up. */
	private void connect(int port, int count) throws Exception {
		int missing = count - this.connections.size();
		if (missing <= 0) {
			return;
		}
		ExecutorService executor = Executors.newFixedThreadPool(CONNECTING_THREADS);
		try {
			List<Future<Connection>> opening = new ArrayList<>();
			for (int i = 0; i < missing; i++) {
				opening.add(executor.submit(() -> {
					Connection connection = this.contestant.connect(port);
					Load.run(Scenario.ONE, List.of(connection), 1);
					return connection;
				}));
			}
			for (Future<Connection> connection : opening) {
				this.connections.add(connection.get(60, TimeUnit.SECONDS));
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Heap and resident memory, in bytes, after garbage collections, without the garbage
	 * that work has made since the last of them.
	 */
	static String memory() throws IOException, InterruptedException {
		for (int i = 0; i < 4; i++) {
			System.gc();
			TimeUnit.MILLISECONDS.sleep(250);
		}
		long heap = 0;
		for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
			MemoryUsage collected = pool.getCollectionUsage();
			heap += (pool.getType() == MemoryType.HEAP && collected != null) ? collected.getUsed() : 0;
		}
		return heap + "," + resident();
	}

	private static long resident() throws IOException {
		Path status = Path.of("/proc/self/status");
		if (Files.isReadable(status)) {
			for (String line : Files.readAllLines(status)) {
				if (line.startsWith("VmRSS:")) {
					return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
				}
			}
		}
		return 0;
	}

	static void answer(String text) {
		System.out.println("#" + text);
	}

}
