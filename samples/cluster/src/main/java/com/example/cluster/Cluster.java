package com.example.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

import com.example.redis.LocalRedis;
import reactor.core.publisher.Flux;

/**
 * Redis, pods, a balancer and agents. Starts them, lets things go wrong for a while, and
 * says what came of it.
 */
final class Cluster implements AutoCloseable {

	private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

	/** Rather more than agents of a quiet machine need. */
	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(120);

	private final Options options;

	private final Score score = new Score();

	private final CountDownLatch stop = new CountDownLatch(1);

	private final Path logs;

	private final LocalRedis redis;

	private final Balancer balancer;

	private final List<PodSlot> slots = new ArrayList<>();

	private final List<Agent> agents = new ArrayList<>();

	private volatile String lastStroke = "";

	private volatile Breakage latest;

	private volatile long startedAt;

	private volatile Duration connectTime = Duration.ZERO;

	private int pauses;

	private boolean closed;

	/**
	 * Start Redis and the balancer.
	 * @param options what to run
	 * @throws IOException if there is no place for the logs
	 */
	Cluster(Options options) throws IOException {
		this.options = options;
		this.logs = Files.createTempDirectory("agentsocket-cluster");
		this.redis = LocalRedis.open();
		this.balancer = options.balancer().isEmpty() ? new Balancer() : null;
		for (int i = 0; i < options.pods(); i++) {
			String name = "pod-" + (i + 1);
			List<String> arguments = new ArrayList<>();
			arguments.add("--spring.data.redis.host=" + this.redis.host());
			arguments.add("--spring.data.redis.port=" + this.redis.port());
			if (!options.ports().isEmpty()) {
				arguments.add("--server.port=" + options.ports().get(i));
			}
			arguments.addAll(options.podArguments());
			this.slots.add(new PodSlot(name, this.logs.resolve(name + ".log"), arguments, memory(options),
					this.balancer, this.score));
		}
	}

	/** Megabytes of heap for a pod that may get the agents of all others. */
	private static int memory(Options options) {
		return Math.max(160, 100 + options.agents() / 8);
	}

	/**
	 * Start the pods and wait for them, then the agents, and wait for those.
	 * @throws Exception if a pod does not start
	 */
	void start() throws Exception {
		List<CompletableFuture<Integer>> ports = this.slots.stream().map((slot) -> slot.start().port()).toList();
		for (CompletableFuture<Integer> port : ports) {
			port.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
		}
		String address = (this.balancer != null) ? "127.0.0.1:" + this.balancer.port() : this.options.balancer();
		Random random = new Random(this.options.seed());
		for (int i = 0; i < this.options.agents(); i++) {
			this.agents.add(new Agent("agent-" + (i + 1), "ws://" + address + "/agentsocket", this.score,
					this.options.light(), () -> this.latest, new Random(random.nextLong())));
		}
		long begin = System.nanoTime();
		this.startedAt = begin;
		this.agents.forEach(Agent::start);
		while (connected() < this.agents.size() && System.nanoTime() - begin < CONNECT_TIMEOUT.toNanos()
				&& !await(Duration.ofMillis(10))) {
			Thread.onSpinWait();
		}
		this.connectTime = Duration.ofNanos(System.nanoTime() - begin);
		this.startedAt = System.nanoTime();
	}

	/** Wait, and tell whether it is time to stop. */
	private boolean await(Duration time) {
		try {
			return this.stop.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return true;
		}
	}

	/**
	 * Let things go wrong until the time is over.
	 * @param said told of each stroke
	 * @throws Exception if something goes wrong that should not
	 */
	void run(Consumer<String> said) throws Exception {
		run(said, () -> true);
	}

	/**
	 * Let things go wrong until the time is over and enough has happened.
	 * @param said told of each stroke
	 * @param enough whether it has
	 * @throws Exception if something goes wrong that should not
	 */
	void run(Consumer<String> said, BooleanSupplier enough) throws Exception {
		Random random = new Random(this.options.seed());
		List<Pattern> patterns = this.options.patterns().stream().sorted().toList();
		long end = this.startedAt + this.options.seconds().toNanos();
		while (true) {
			long wait = (long) (this.options.every().toNanos() * (0.5 + random.nextDouble()));
			if (System.nanoTime() + wait >= end && enough.getAsBoolean()) {
				await(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
				return;
			}
			if (await(Duration.ofNanos(wait))) {
				return;
			}
			strike(patterns.get(random.nextInt(patterns.size())), random, said);
		}
	}

	private void strike(Pattern pattern, Random random, Consumer<String> said) throws Exception {
		PodSlot slot = this.slots.get(random.nextInt(this.slots.size()));
		PodSlot other = this.slots.get(random.nextInt(this.slots.size()));
		boolean flag = random.nextBoolean();
		Duration anyPause = Duration.ofMillis(1_000 + random.nextInt(4_000));
		Duration pause = this.options.pause().isZero() ? anyPause : this.options.pause();
		switch (pattern) {
			case KILL -> {
				say(said, "kill -9 " + slot.pod().name());
				kill(slot);
				slot.start();
			}
			case TWO -> {
				say(said, "kill -9 " + slot.pod().name() + " and " + other.pod().name());
				kill(slot);
				if (other != slot) {
					kill(other);
					other.start();
				}
				slot.start();
			}
			case REDIS -> {
				say(said, "kill -9 " + slot.pod().name() + " and Redis");
				kill(slot);
				this.redis.stop();
				slot.start();
				await(pause);
				this.redis.start();
			}
			case PAUSE -> {
				PodProcess pod = slot.pod();
				boolean zombie = this.pauses++ % 2 == 0;
				say(said, "kill -STOP " + pod.name() + " for " + pause.toMillis() + " ms"
						+ (zombie ? ", and its connections break" : ""));
				pod.pause();
				if (zombie && this.balancer != null) {
					broke(Breakage.Kind.CUT);
					this.balancer.cut(pod.name()::equals);
				}
				await(pause);
				pod.resume();
				say(said, "kill -CONT " + pod.name());
			}
			case CUT -> {
				say(said, flag ? "all connections break" : "half of the connections break");
				if (this.balancer != null) {
					broke(Breakage.Kind.CUT);
					this.balancer.cut((pod) -> flag || random.nextBoolean());
				}
			}
			case ROLLING -> {
				for (PodSlot each : this.slots) {
					say(said, "kill " + each.pod().name() + ", which leaves politely");
					broke(Breakage.Kind.LEAVE);
					each.roll(this.options.forget());
					each.pod().port().get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
				}
			}
		}
	}

	private void kill(PodSlot slot) {
		boolean alone = this.slots.stream()
			.filter((other) -> other != slot)
			.noneMatch((other) -> other.pod().isReady());
		broke(alone ? Breakage.Kind.OUTAGE : Breakage.Kind.DEATH);
		slot.kill();
	}

	private void broke(Breakage.Kind kind) {
		this.latest = new Breakage(kind, System.nanoTime());
	}

	private void say(Consumer<String> said, String stroke) {
		this.lastStroke = stroke;
		said.accept(stroke);
	}

	/**
	 * Let the agents finish, end everything, and compare.
	 * @return what came of it
	 * @throws Exception if something does not end
	 */
	Score finish() throws Exception {
		this.agents.forEach(Agent::stop);
		long end = System.nanoTime() + this.options.settle().toNanos();
		while (!this.score.open().isEmpty() && System.nanoTime() < end && !await(Duration.ofMillis(50))) {
			Thread.onSpinWait();
		}
		// Agents that got all numbers still look for their last event.
		await(Duration.ofMillis(500));
		List<String> open = this.score.open().stream().map(Object::toString).toList();
		close();
		this.score.audit(open);
		return this.score;
	}

	/** End early. */
	void stop() {
		this.stop.countDown();
	}

	Score score() {
		return this.score;
	}

	LocalRedis redis() {
		return this.redis;
	}

	Path logs() {
		return this.logs;
	}

	String lastStroke() {
		return this.lastStroke;
	}

	List<PodSlot> slots() {
		return this.slots;
	}

	long connections(PodSlot slot) {
		return (this.balancer != null) ? this.balancer.connections(slot.pod().name()) : 0;
	}

	Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startedAt);
	}

	/**
	 * How long it took until all agents were connected.
	 * @return from the first attempt of the first to the success of the last
	 */
	Duration connectTime() {
		return this.connectTime;
	}

	long connected() {
		return this.agents.stream().filter(Agent::isConnected).count();
	}

	long sessions() {
		return this.agents.stream().map(Agent::session).filter((id) -> !id.isEmpty()).distinct().count();
	}

	/** Kill all processes without waiting, in a hurry. */
	void abandon() {
		for (PodSlot slot : this.slots) {
			slot.lives().forEach(PodProcess::kill);
		}
	}

	@Override
	public synchronized void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		stop();
		Flux.fromIterable(this.agents).flatMap((agent) -> agent.close().onErrorComplete()).blockLast(START_TIMEOUT);
		for (PodSlot slot : this.slots) {
			slot.close();
		}
		if (this.balancer != null) {
			this.balancer.close();
		}
		this.redis.close();
	}

	/** Remove the logs of the pods. */
	void removeLogs() throws IOException {
		try (Stream<Path> files = Files.walk(this.logs)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
	}

}
