package com.example.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import com.example.benchmark.functions.ColdPod;
import com.example.benchmark.functions.FunctionServer;
import com.example.benchmark.functions.Gateways;
import com.example.benchmark.functions.PlainConnection;
import com.example.benchmark.functions.RelayedConnection;
import com.example.benchmark.functions.SimulatedPlatform;
import com.example.benchmark.functions.StreamingConnection;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * The processes of {@link FunctionComparison} and {@link ColdStarts}: a function, a
 * gateway, or a client. Each obeys the lines of its input, as a {@link Child} does.
 */
final class FunctionChild {

	private static final int CONNECTING_THREADS = 8;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final String kind;

	private final int port;

	private final List<StreamingConnection> connections = new ArrayList<>();

	private FunctionChild(String kind, int port) {
		this.kind = kind;
		this.port = port;
	}

	/** Serve as {@code function}, {@code relay} or {@code proxy} until the input ends. */
	static void serve(String kind, int function) throws IOException {
		Server server = switch (kind) {
			case "function" -> new FunctionServer();
			case "relay" -> Gateways.relay(function);
			default -> Gateways.proxy(function);
		};
		Child.answer(Integer.toString(server.port()));
		obey((words) -> Child.memory());
	}

	/** Simulate a platform until the input ends. */
	static void platform(long seed) throws IOException {
		SimulatedPlatform platform = new SimulatedPlatform(seed);
		Child.answer(Integer.toString(platform.port()));
		obey((words) -> platform.counts());
	}

	/** Run a pod before a simulated platform until the input ends. */
	static void coldPod(String variant, int platform) throws IOException {
		Server pod = ColdPod.start(variant, platform);
		Child.answer(Integer.toString(pod.port()));
		obey((words) -> Child.memory());
	}

	/** Drive the function, or a gateway, until the input ends. */
	static void drive(String kind, int port) throws IOException {
		Child.answer("ready");
		FunctionChild client = new FunctionChild(kind, port);
		obey(client::work);
	}

	private static void obey(Work work) throws IOException {
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = input.readLine(); line != null; line = input.readLine()) {
			try {
				Child.answer(work.on(line.split(" ")));
			}
			catch (Exception ex) {
				ex.printStackTrace();
				Child.answer("failed " + ex);
			}
		}
		boolean recorded = ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.anyMatch((argument) -> argument.startsWith("-XX:StartFlightRecording"));
		if (recorded) {
			System.exit(0);
		}
		Runtime.getRuntime().halt(0);
	}

	private String work(String[] words) throws Exception {
		switch (words[0]) {
			case "run" -> {
				Scenario scenario = Scenario.parse(words[1]);
				connect(scenario.connections());
				return Load.run(scenario, List.copyOf(this.connections), Duration.ofMillis(Long.parseLong(words[2])))
					.encode();
			}
			case "paced" -> {
				return paced(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]))
					.encode();
			}
			case "stall" -> {
				int streams = Integer.parseInt(words[1]);
				boolean relayed = this.kind.equals("relay");
				connect(relayed ? streams : 1);
				for (int i = 0; i < streams; i++) {
					this.connections.get(relayed ? i : 0).stall();
				}
				return Integer.toString(streams);
			}
			default -> {
				connect(Integer.parseInt(words[1]));
				return words[1];
			}
		}
	}

	/**
	 * Streams with a pace, all on one connection.
	 * @return number of items, time, and delays from emission to arrival. The clock of
	 * {@link System#nanoTime()} is that of the machine on Linux
	 */
	private LoadResult paced(int streams, int everyMicros, int millis) throws Exception {
		connect(1);
		Histogram delays = new ConcurrentHistogram(TimeUnit.SECONDS.toNanos(60), 3);
		CountDownLatch ended = new CountDownLatch(streams);
		AtomicLong failed = new AtomicLong();
		int count = Math.max(1, millis * 1000 / everyMicros);
		long begin = System.nanoTime();
		for (int i = 0; i < streams; i++) {
			this.connections.get(0)
				.paced(count, everyMicros,
						(sent) -> delays.recordValue(Math.max(0, System.nanoTime() - Long.parseLong(sent))),
						(error) -> {
							failed.addAndGet((error != null) ? 1 : 0);
							ended.countDown();
						});
		}
		if (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS) || failed.get() > 0) {
			throw new IllegalStateException("Streams have failed: " + failed + ", or not ended: " + ended.getCount());
		}
		return new LoadResult(delays.getTotalCount(), System.nanoTime() - begin, delays.getValueAtPercentile(50),
				delays.getValueAtPercentile(99));
	}

	/** Each has its pool of connections, except agents: they have one connection each. */
	private void connect(int count) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(CONNECTING_THREADS);
		try {
			List<Future<StreamingConnection>> opening = new ArrayList<>();
			for (int i = this.connections.size(); i < count; i++) {
				opening.add(executor.submit(() -> this.kind.equals("relay") ? new RelayedConnection(this.port)
						: new PlainConnection(this.port)));
			}
			for (Future<StreamingConnection> connection : opening) {
				this.connections.add(connection.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private interface Work {

		String on(String[] words) throws Exception;

	}

}
