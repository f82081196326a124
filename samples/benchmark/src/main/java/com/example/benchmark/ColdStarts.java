package com.example.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.benchmark.functions.ColdPod;
import com.example.benchmark.functions.SimulatedPlatform;
import io.agentsocket.client.AgentSocketClient;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import reactor.core.publisher.Mono;

/**
 * How many first calls of agents meet a cold start. Agents come by a Poisson process,
 * think, call, think, call again, and leave. Each pod has a simulated platform of its
 * own; the same agents come to all pods at the same times.
 */
final class ColdStarts {

	/** A first call that takes longer has met a cold start, or has waited for one. */
	private static final Duration COLD = SimulatedPlatform.START.dividedBy(2);

	/** Mean time that an agent thinks before a call: the first answer of a model. */
	private static final double THINK_SECONDS = 2;

	private static final int CALLS = 2;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final Plan plan;

	ColdStarts(Plan plan) {
		this.plan = plan;
	}

	void run() throws InterruptedException {
		Map<String, Seen> seen = measure(ColdPod.VARIANTS);
		System.out.println();
		System.out.printf(Locale.ROOT,
				"%d agents, %.1f a second (Poisson, seed %d), %d calls each after %.0f s of thinking in the mean; "
						+ "start %d ms, work %d ms, frozen after %d ms, removed after %d s, killed after %d s in the mean%n%n",
				this.plan.agents(), this.plan.rate(), this.plan.seed(), CALLS, THINK_SECONDS,
				SimulatedPlatform.START.toMillis(), SimulatedPlatform.WORK.toMillis(),
				SimulatedPlatform.FREEZE.toMillis(), SimulatedPlatform.KEEP.toSeconds(),
				SimulatedPlatform.LIFE.toSeconds());
		System.out.println("| pod | first calls slower than " + COLD.toMillis()
				+ " ms | first calls that started an instance | p50, ms | p99, ms | all calls slower than "
				+ COLD.toMillis() + " ms | failed calls | instances started for calls | by `warm` | `warm` requests"
				+ " | killed | most at once |");
		System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
		seen.forEach((variant, of) -> System.out.println("| " + ColdPod.title(variant) + " | " + of.row() + " |"));
	}

	/** Send the agents to pods. */
	Map<String, Seen> measure(List<String> variants) throws InterruptedException {
		List<ChildProcess> processes = new ArrayList<>();
		Map<String, Seen> seen = new LinkedHashMap<>();
		try {
			for (String variant : variants) {
				ChildProcess platform = ChildProcess.start(List.of(), List.of("-Xmx256m"), "cold-platform",
						Long.toString(this.plan.seed()));
				processes.add(platform);
				ChildProcess pod = ChildProcess.start(List.of(), List.of("-Xmx256m"), "cold-pod", variant,
						platform.answer());
				processes.add(pod);
				seen.put(variant, new Seen(platform, Integer.parseInt(pod.answer())));
			}
			List<Agent> agents = this.plan.draw();
			CountDownLatch left = new CountDownLatch(agents.size() * seen.size());
			for (Agent agent : agents) {
				for (Seen each : seen.values()) {
					Mono.delay(agent.comes())
						.then(visit(agent, each))
						.doFinally((signal) -> left.countDown())
						.subscribe(null, (error) -> each.failed.incrementAndGet());
				}
			}
			Duration last = agents.get(agents.size() - 1).comes();
			if (!left.await(last.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS)) {
				throw new IllegalStateException("Agents have not left: " + left.getCount());
			}
			seen.values().forEach(Seen::ask);
			return seen;
		}
		finally {
			processes.forEach(ChildProcess::close);
		}
	}

	private static Mono<Void> visit(Agent agent, Seen seen) {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + seen.port + "/agentsocket").build();
		Mono<Void> calls = client.connect();
		for (int i = 0; i < agent.thinks().size(); i++) {
			boolean first = i == 0;
			calls = calls.then(Mono.delay(agent.thinks().get(i))).then(call(client, seen, first));
		}
		return calls.onErrorResume((error) -> Mono.fromRunnable(() -> seen.failed.incrementAndGet()))
			.then(client.close());
	}

	private static Mono<Void> call(AgentSocketClient client, Seen seen, boolean first) {
		return Mono.defer(() -> {
			long begin = System.nanoTime();
			return client.invoke("work")
				.toMono(Boolean.class)
				.doOnNext((cold) -> seen.called(first, cold, System.nanoTime() - begin))
				.then()
				.onErrorResume((error) -> Mono.fromRunnable(() -> seen.failed.incrementAndGet()));
		});
	}

	/**
	 * The agents of a run.
	 *
	 * @param agents number of agents
	 * @param rate agents a second
	 * @param seed seed of arrivals, thinking and kills
	 */
	record Plan(int agents, double rate, long seed) {

		static Plan ofSystemProperties() {
			return new Plan((int) number("agents", 300), number("rate", 2), (long) number("seed", 42));
		}

		private static double number(String name, double otherwise) {
			String text = System.getProperty("bench." + name, "");
			return text.isBlank() ? otherwise : Double.parseDouble(text);
		}

		List<Agent> draw() {
			Random random = new Random(this.seed);
			List<Agent> drawn = new ArrayList<>();
			double time = 0;
			for (int i = 0; i < this.agents; i++) {
				time += exponential(random, 1 / this.rate);
				List<Duration> thinks = new ArrayList<>();
				for (int k = 0; k < CALLS; k++) {
					thinks.add(seconds(exponential(random, THINK_SECONDS)));
				}
				drawn.add(new Agent(seconds(time), thinks));
			}
			return drawn;
		}

		private static double exponential(Random random, double mean) {
			return -Math.log(1 - random.nextDouble()) * mean;
		}

		private static Duration seconds(double seconds) {
			return Duration.ofNanos((long) (seconds * 1e9));
		}

	}

	/** An agent: when it comes, and how long it thinks before each call. */
	record Agent(Duration comes, List<Duration> thinks) {

	}

	/** The experiences of the agents of one pod. */
	static final class Seen {

		private final ChildProcess platform;

		private final int port;

		private final Histogram firstCalls = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(2), 3);

		private final AtomicInteger slowFirst = new AtomicInteger();

		private final AtomicInteger coldFirst = new AtomicInteger();

		private final AtomicInteger calls = new AtomicInteger();

		private final AtomicInteger slow = new AtomicInteger();

		private final AtomicInteger failed = new AtomicInteger();

		private String counts = "";

		Seen(ChildProcess platform, int port) {
			this.platform = platform;
			this.port = port;
		}

		void called(boolean first, boolean cold, long nanos) {
			boolean late = nanos > COLD.toNanos();
			this.calls.incrementAndGet();
			this.slow.addAndGet(late ? 1 : 0);
			if (first) {
				this.firstCalls.recordValue(nanos);
				this.slowFirst.addAndGet(late ? 1 : 0);
				this.coldFirst.addAndGet(cold ? 1 : 0);
			}
		}

		void ask() {
			this.counts = this.platform.ask("counts");
		}

		/** First calls that have met a cold start, or waited for one. */
		int slowFirst() {
			return this.slowFirst.get();
		}

		/** Calls that were answered. */
		int calls() {
			return this.calls.get();
		}

		String row() {
			return String.format(Locale.ROOT, "%d of %d | %d | %.0f | %,.0f | %d of %d | %d | %s", this.slowFirst.get(),
					this.firstCalls.getTotalCount(), this.coldFirst.get(),
					this.firstCalls.getValueAtPercentile(50) / 1e6, this.firstCalls.getValueAtPercentile(99) / 1e6,
					this.slow.get(), this.calls.get(), this.failed.get(), this.counts.replace(",", " | "));
		}

	}

}
