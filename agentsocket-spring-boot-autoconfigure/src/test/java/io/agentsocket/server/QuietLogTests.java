package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The log has no error for what is expected: pods that leave, sessions that move while a
 * step is underway, and sockets that are cut leave no line of level ERROR, no stack trace
 * and no signal that Reactor drops. {@code -Dagentsocket.test.quiet} sets how many
 * courses are tried.
 */
@WithRedis
class QuietLogTests {

	private static final int COURSES = Integer.getInteger("agentsocket.test.quiet", 2);

	/** A pod that does not run for longer is an error in the log. */
	private static final Duration POD_TIMEOUT = Duration.ofSeconds(30);

	private static final int AGENTS = 4;

	private static final int ACTS = 5;

	private static final ActionHints READ_ONLY = new ActionHints(true, false, true, false, false, null);

	private final LogLines lines = LogLines.ofAll();

	/** Calls that succeeded, by the name of their action. */
	private final Map<String, AtomicInteger> successes = Map.of("count", new AtomicInteger(), "numbers",
			new AtomicInteger(), "sum", new AtomicInteger(), "double", new AtomicInteger());

	@AfterEach
	void stopListening() {
		this.lines.close();
	}

	private Action[] actions() {
		return new Action[] {
				Action.named("count")
					.handler((exchange) -> exchange.session()
						.updateAttribute("count", Integer.class, (before) -> (before != null) ? before + 1 : 1)
						.thenReturn("counted")),
				Action.named("numbers")
					.hints(READ_ONLY)
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(1)).onBackpressureBuffer().take(200)),
				Action.named("sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class).reduce(0, Integer::sum)),
				Action.named("double").handler((exchange) -> exchange.invoke("agent.word").toMono(String.class)) };
	}

	private void work(AgentSocketClient agent, List<Disposable> work) {
		work.add(again("count", agent.invoke("count").toMono(String.class)));
		work.add(again("numbers", agent.invoke("numbers").toFlux(Integer.class).then()));
		work.add(again("sum",
				agent.invoke("sum")
					.items(Flux.range(0, 50).delayElements(Duration.ofMillis(1)))
					.toMono(Integer.class)));
		work.add(again("double", agent.invoke("double").toMono(String.class)));
	}

	/** For ever; errors are what a call may meet. */
	private Disposable again(String name, Mono<?> call) {
		AtomicInteger succeeded = this.successes.get(name);
		return call.doOnSuccess((value) -> succeeded.incrementAndGet())
			.onErrorResume((error) -> Mono.empty())
			.then(Mono.delay(Duration.ofMillis(1)))
			.repeat()
			.subscribe();
	}

	@Test
	@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void courseInMemory() {
		for (int i = 0; i < COURSES; i++) {
			course(TestCluster.inMemory(), i);
		}
	}

	@Test
	@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void courseInRedis(LocalRedis redis) {
		for (int i = 0; i < COURSES; i++) {
			try (RedisBacking backing = new RedisBacking(new RedisStandaloneConfiguration(redis.host(), redis.port()),
					Duration.ofSeconds(20), "quiet" + i, POD_TIMEOUT)) {
				course(backing, i);
			}
		}
	}

	private void course(TestCluster.Backing backing, int seed) {
		Random random = new Random(seed);
		List<Disposable> work = new ArrayList<>();
		List<AgentSocketClient> agents = new ArrayList<>();
		Durability durability = (seed % 2 == 0) ? Durability.STRICT : Durability.RELAXED;
		try {
			try (TestCluster cluster = new TestCluster(backing, durability, Duration.ofMillis(100), 3,
					(pod, builder) -> {
					}, this::actions)) {
				cluster.spread();
				for (int i = 0; i < AGENTS; i++) {
					AgentSocketClient agent = AgentSocketClient.builder(cluster.uri())
						.backoff(new Backoff(Duration.ofMillis(2), Duration.ofMillis(20)))
						.offer("agent.word", Map.class, (nothing) -> Mono.just("word"))
						.build();
					agents.add(agent);
					agent.connect().block(Await.LONG);
					work(agent, work);
				}
				for (int i = 0; i < ACTS; i++) {
					act(cluster, random);
					callsGoOn();
					assertQuiet(seed);
				}
				// All leave while calls are underway, the agents or the servers first.
				if (seed % 3 != 0) {
					agents.forEach((agent) -> agent.close().block(Await.LONG));
				}
				for (int i = cluster.size(); i > 0; i--) {
					cluster.pod(0).drain();
				}
			}
		}
		finally {
			work.forEach(Disposable::dispose);
			agents.forEach((agent) -> agent.close().block(Await.LONG));
		}
		assertQuiet(seed);
	}

	/** Waits until a call of each kind has succeeded. */
	private void callsGoOn() {
		Map<String, Integer> before = new HashMap<>();
		this.successes.forEach((name, count) -> before.put(name, count.get()));
		Await.until("calls of each kind succeed",
				() -> this.successes.entrySet()
					.stream()
					.allMatch((one) -> one.getValue().get() > before.get(one.getKey())));
	}

	private static void act(TestCluster cluster, Random random) {
		TestCluster.Pod pod = cluster.pod(random.nextInt(cluster.size()));
		switch (random.nextInt(4)) {
			case 0 -> cluster.cutSome(random);
			case 1 -> {
				// Sessions move while the steps of this pod are underway.
				pod.hold();
				cluster.cut();
				cluster.target(cluster.start());
				pod.release();
				cluster.spread();
			}
			case 2 -> {
				cluster.start();
				pod.drain();
			}
			default -> {
				cluster.target(pod);
				cluster.cut();
				cluster.spread();
			}
		}
	}

	private void assertQuiet(int seed) {
		assertThat(this.lines.list).as("log of course " + seed)
			.filteredOn((line) -> line.getLevel().isGreaterOrEqual(Level.ERROR) || line.getThrowableProxy() != null
					|| line.getFormattedMessage().contains("Dropped") || line.getFormattedMessage().contains("\tat "))
			.extracting(QuietLogTests::shown)
			.isEmpty();
	}

	private static String shown(ILoggingEvent line) {
		String trace = (line.getThrowableProxy() != null)
				? " " + ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(line.getThrowableProxy()) : "";
		return line.getLevel() + " " + line.getLoggerName() + ": " + line.getFormattedMessage() + trace;
	}

}
