package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Durability;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Some hundred agents while all pods are replaced, one after the other. For thousands and
 * for figures there is {@code samples/cluster}.
 */
class RollingDeployTests {

	private static final Log logger = LogFactory.getLog(RollingDeployTests.class);

	private static final int AGENTS = 250;

	private static final int PODS = 3;

	private static final Duration TIMEOUT = Await.LONG;

	/** More than a busy machine needs for what takes a tenth of a second. */
	private static final Duration DRAIN = Await.LONG;

	private static final ActionHints READ_ONLY = new ActionHints(true, false, false, false, false, null);

	private final AtomicInteger pods = new AtomicInteger();

	private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

	private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

	private Action[] actions() {
		int pod = this.pods.incrementAndGet();
		return new Action[] { Action.named("where").hints(READ_ONLY).handler((exchange) -> Mono.just(pod)),
				Action.named("once").handler((exchange) -> {
					String id = exchange.<Call>arguments(Call.class).id();
					if (this.runs.computeIfAbsent(id, (key) -> new AtomicInteger()).incrementAndGet() > 1) {
						this.wrong.add(id + " ran twice");
					}
					return Mono.just(id).delayElement(Duration.ofMillis(20));
				}),
				Action.named("numbers")
					.hints(READ_ONLY)
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(5)).onBackpressureBuffer().take(20)) };
	}

	/** An agent of many. */
	private final class Agent {

		private final String name;

		private final AgentSocketClient client;

		private final AtomicInteger calls = new AtomicInteger();

		private volatile int pod;

		private volatile long movedAt;

		Agent(String name, String uri) {
			this.name = name;
			this.client = AgentSocketClient.builder(uri).software(name, "1").build();
		}

		Mono<Void> work() {
			return Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(600)))
				.then(Mono.defer(this::where))
				.then(Mono.defer(() -> (this.calls.incrementAndGet() % 2 == 0) ? once() : numbers()))
				.onErrorResume((error) -> {
					RollingDeployTests.this.wrong.add(this.name + " saw " + error);
					return Mono.empty();
				});
		}

		private Mono<Void> where() {
			return this.client.invoke("where").toMono(Integer.class).doOnNext((now) -> {
				if (now != this.pod) {
					this.movedAt = System.nanoTime();
					this.pod = now;
				}
			}).then();
		}

		private Mono<Void> once() {
			String id = this.name + "-" + this.calls;
			return this.client.invoke("once").arguments(new Call(id)).toMono(String.class).doOnNext((answer) -> {
				if (!answer.equals(id)) {
					RollingDeployTests.this.wrong.add(id + " was answered with " + answer);
				}
			}).then();
		}

		private Mono<Void> numbers() {
			return this.client.invoke("numbers").toFlux(Integer.class).collectList().doOnNext((numbers) -> {
				if (!numbers.equals(IntStream.range(0, 20).boxed().toList())) {
					RollingDeployTests.this.wrong.add(this.name + " got " + numbers);
				}
			}).then();
		}

	}

	@Test
	void nobodyNoticesMoreThanAPause() {
		List<Long> times = new ArrayList<>();
		Disposable.Composite work = Disposables.composite();
		List<Agent> agents = new ArrayList<>();
		try (TestCluster cluster = new TestCluster(DRAIN, Durability.STRICT, PODS, this::actions)) {
			cluster.spread();
			for (int i = 0; i < AGENTS; i++) {
				agents.add(new Agent("agent-" + i, cluster.uri()));
			}
			Flux.fromIterable(agents).flatMap((agent) -> agent.client.connect(), 50).blockLast(TIMEOUT);
			Map<String, Agent> bySession = new HashMap<>();
			agents.forEach((agent) -> bySession.put(agent.client.sessionId(), agent));
			agents.forEach((agent) -> work.add(Mono.defer(agent::work).repeat().subscribe()));
			for (int i = 0; i < PODS; i++) {
				times.addAll(roll(cluster, bySession));
			}
			work.dispose();
			assertThat(agents).extracting((agent) -> agent.client.sessionId())
				.as("sessions go on")
				.containsExactlyInAnyOrderElementsOf(bySession.keySet());
		}
		finally {
			work.dispose();
			Flux.fromIterable(agents).flatMap((agent) -> agent.client.close()).blockLast(TIMEOUT);
		}
		times.sort(null);
		long p99 = times.get((int) Math.ceil(times.size() * 0.99) - 1);
		logger.info("From the beginning of a drain to the first answer of another pod, " + times.size()
				+ " times: median " + times.get(times.size() / 2) + " ms, 99% " + p99 + " ms, worst "
				+ times.get(times.size() - 1) + " ms");
		assertThat(this.wrong).isEmpty();
		assertThat(times).hasSizeGreaterThan(AGENTS);
	}

	/** Replace the eldest pod; returns how long each of its agents was underway. */
	private List<Long> roll(TestCluster cluster, Map<String, Agent> bySession) {
		TestCluster.Pod leaving = cluster.pod(0);
		cluster.start();
		leaving.unready();
		// On a busy machine an attempt that an agent has given up may leave a session.
		List<Agent> moving = leaving.server()
			.sessions()
			.stream()
			.map(AgentSession::id)
			.filter(bySession::containsKey)
			.map(bySession::get)
			.toList();
		long begin = System.nanoTime();
		leaving.drain();
		Await.until(() -> moving.stream().allMatch((agent) -> agent.movedAt - begin > 0));
		assertThat(moving).allMatch((agent) -> agent.movedAt - begin > 0);
		return moving.stream().map((agent) -> Duration.ofNanos(agent.movedAt - begin).toMillis()).toList();
	}

	record Call(String id) {

	}

}
