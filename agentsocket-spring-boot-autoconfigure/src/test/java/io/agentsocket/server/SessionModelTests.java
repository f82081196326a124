package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.Durability;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The one test that rules the others: agents work while a random schedule cuts
 * connections, kills, drains and slows pods. Each side sees what the other one sent in
 * order and once, or is told; nothing is silent; what must not run twice does not. The
 * seed is printed; {@code -Dagentsocket.test.seed} sets it, {@code ...agents} and
 * {@code ...strokes} how many there are.
 */
class SessionModelTests {

	private static final Log logger = LogFactory.getLog(SessionModelTests.class);

	private static final int AGENTS = Integer.getInteger("agentsocket.test.agents", 5);

	private static final int STROKES = Integer.getInteger("agentsocket.test.strokes", 25);

	private static final ActionHints READ_ONLY = new ActionHints(true, false, false, false, false, null);

	private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

	private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

	private final Map<Integer, AtomicInteger> signals = new ConcurrentHashMap<>();

	private final AtomicInteger done = new AtomicInteger();

	private final AtomicBoolean over = new AtomicBoolean();

	private TestCluster cluster;

	protected final Action[] actions() {
		return new Action[] {
				Action.named("count")
					.hints(READ_ONLY)
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(1))
						.onBackpressureBuffer()
						.map((tick) -> tick + 1)
						.take(100)),
				Action.named("once").handler(this::runOnce),
				Action.named("equip").handler((exchange) -> Mono.fromSupplier(() -> {
					exchange.actions().replace(Action.named("own").handler(this::runOnce));
					return "equipped";
				})), Action.named("square").hints(READ_ONLY).handler((exchange) -> {
					String id = exchange.<Call>arguments(Call.class).id();
					return Mono.just(id + "!").delayElement(Duration.ofMillis(3));
				}),
				Action.named("ask")
					.handler((exchange) -> exchange.invoke("agent.echo")
						.arguments(exchange.<Call>arguments(Call.class))
						.toMono(String.class)),
				Action.named("upload")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class).index().map((item) -> {
						if (item.getT1() + 1 != item.getT2()) {
							this.wrong.add("the tool got " + item.getT2() + " in place of " + (item.getT1() + 1));
						}
						return item.getT2();
					}).count()) };
	}

	private Mono<String> runOnce(AgentExchange exchange) {
		String id = exchange.<Call>arguments(Call.class).id();
		int run = this.runs.computeIfAbsent(id, (key) -> new AtomicInteger()).incrementAndGet();
		if (run > 1) {
			this.wrong.add(id + " ran twice");
		}
		return Mono.just(id).delayElement(Duration.ofMillis(id.hashCode() & 31));
	}

	@ParameterizedTest
	@EnumSource
	void eachSideSeesAllInOrderAndOnceOrIsTold(Durability durability) {
		long seed = Long.getLong("agentsocket.test.seed", System.nanoTime());
		logger.info("Seed of the schedule: " + seed);
		Random random = new Random(seed);
		this.cluster = cluster(durability);
		List<AgentSocketClient> clients = new ArrayList<>();
		List<Mono<Void>> work = new ArrayList<>();
		for (int i = 0; i < AGENTS; i++) {
			AgentSocketClient client = client(i);
			clients.add(client);
			work.add(work(client, "agent" + i));
		}
		Mono<Void> all = Mono.when(work).cache();
		all.subscribe();
		// A busy machine does little in the time of the strokes.
		for (int i = 0; i < STROKES || this.done.get() <= AGENTS * 10; i++) {
			Await.pass(Duration.ofMillis(50 + random.nextInt(250)), "the operations come at random times");
			stroke(random);
		}
		this.cluster.releaseAll();
		this.over.set(true);
		try {
			all.block(Await.LONG);
		}
		catch (IllegalStateException ex) {
			this.wrong.add("silence: some work neither ends nor fails");
		}
		clients.forEach(this::stillServed);
		clients.forEach((client) -> client.close().block(Await.LONG));
		this.cluster.close();
		logger.info("Seed " + seed + ": " + this.done + " done, signals " + this.signals);
		assertThat(this.wrong).as("seed " + seed).isEmpty();
	}

	/**
	 * When the strokes are over each agent can call again: none was shut out for good.
	 */
	private void stillServed(AgentSocketClient client) {
		try {
			client.invoke("square")
				.arguments(new Call("last"))
				.toMono(String.class)
				.retryWhen(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(50)))
				.block(Await.LONG);
		}
		catch (IllegalStateException ex) {
			this.wrong.add("an agent is shut out for good: " + client.state());
		}
	}

	/** Three pods. */
	protected TestCluster cluster(Durability durability) {
		return new TestCluster(durability, 3, this::actions);
	}

	private void stroke(Random random) {
		TestCluster.Pod pod = this.cluster.pod(random.nextInt(this.cluster.size()));
		this.cluster.target(this.cluster.pod(random.nextInt(this.cluster.size())));
		switch (random.nextInt(6)) {
			case 0, 1 -> this.cluster.cut();
			case 2 -> {
				TestCluster.Pod next = this.cluster.start();
				this.cluster.target(next);
				pod.kill();
			}
			case 3 -> {
				TestCluster.Pod next = this.cluster.start();
				this.cluster.target(next);
				pod.drain();
			}
			case 4 -> {
				pod.hold();
				Await.pass(Duration.ofMillis(random.nextInt(100)), "the operations come at random times");
				if (random.nextBoolean()) {
					this.cluster.cut();
				}
				Await.pass(Duration.ofMillis(random.nextInt(200)), "the operations come at random times");
				pod.release();
			}
			default -> this.cluster.cutSome(random);
		}
	}

	private AgentSocketClient client(int number) {
		return AgentSocketClient.builder(this.cluster.uri())
			.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(100)))
			.connectTimeout(Duration.ofSeconds(2))
			.offer("agent.echo", Call.class, (call) -> Mono.just(call.id()))
			.software("agent" + number, "1")
			.build();
	}

	private Mono<Void> work(AgentSocketClient client, String name) {
		return Mono.when(loop(name + "-count", (id) -> stream(client, id)),
				loop(name + "-once", (id) -> once(client, "once", id)), loop(name + "-own", (id) -> own(client, id)),
				loop(name + "-keyed", (id) -> keyed(client, id)), loop(name + "-square", (id) -> square(client, id)),
				loop(name + "-ask", (id) -> ask(client, id)), loop(name + "-upload", (id) -> upload(client)))
			.then();
	}

	private interface Step {

		Mono<Void> run(String id);

	}

	private Mono<Void> loop(String name, Step step) {
		AtomicInteger count = new AtomicInteger();
		return Mono.defer(() -> step.run(name + count.incrementAndGet()))
			.doOnSuccess((nothing) -> this.done.incrementAndGet())
			.onErrorResume(ActionException.class, (signal) -> {
				this.signals.computeIfAbsent(signal.code(), (code) -> new AtomicInteger()).incrementAndGet();
				return Mono.delay(Duration.ofMillis(5)).then();
			})
			.repeat(() -> !this.over.get())
			.then()
			.doOnError((error) -> this.wrong.add(name + " failed with " + error));
	}

	private Mono<Void> stream(AgentSocketClient client, String id) {
		AtomicInteger last = new AtomicInteger();
		return client.invoke("count").toFlux(Integer.class).doOnNext((item) -> {
			if (item != last.incrementAndGet()) {
				this.wrong.add(id + " got " + item + " in place of " + last.getAndSet(item));
			}
		}).then(Mono.fromRunnable(() -> {
			if (last.get() != 100) {
				this.wrong.add(id + " ended after " + last);
			}
		}));
	}

	/** An action of the session alone; it is gone with the pod that has made it. */
	private Mono<Void> own(AgentSocketClient client, String id) {
		return once(client, "own", id).onErrorResume(ActionException.class,
				(error) -> (error.code() == ErrorCode.NOT_FOUND.code())
						? client.invoke("equip").toMono(String.class).then() : Mono.error(error));
	}

	/** Made again with its key until it is certain what came of it. */
	private Mono<Void> keyed(AgentSocketClient client, String id) {
		return Mono.defer(() -> client.invoke("once").arguments(new Call(id)).idempotencyKey(id).toMono(String.class))
			.doOnNext((result) -> {
				if (!result.equals(id)) {
					this.wrong.add(id + " was answered with " + result);
				}
			})
			.retryWhen(Retry.backoff(3, Duration.ofMillis(5)).onRetryExhaustedThrow((spec, signal) -> signal.failure()))
			.then();
	}

	private Mono<Void> once(AgentSocketClient client, String action, String id) {
		return client.invoke(action).arguments(new Call(id)).toMono(String.class).doOnNext((result) -> {
			AtomicInteger count = this.runs.get(id);
			if (!result.equals(id) || count == null || count.get() != 1) {
				this.wrong.add(id + " answered " + result + " and ran " + count);
			}
		}).switchIfEmpty(missing(id)).onErrorResume(ActionException.class, (error) -> {
			if (!error.hasMaybeRun() && this.runs.containsKey(id) && error.code() != 1) {
				this.wrong.add(id + " ran, and failed with " + error.code() + " without a word of it");
			}
			return Mono.error(error);
		}).then();
	}

	private Mono<Void> square(AgentSocketClient client, String id) {
		return client.invoke("square").arguments(new Call(id)).toMono(String.class).doOnNext((result) -> {
			if (!result.equals(id + "!")) {
				this.wrong.add(id + " was answered with " + result);
			}
		}).switchIfEmpty(missing(id)).then();
	}

	private Mono<Void> ask(AgentSocketClient client, String id) {
		return client.invoke("ask").arguments(new Call(id)).toMono(String.class).doOnNext((result) -> {
			if (!result.equals(id)) {
				this.wrong.add(id + " was answered with " + result);
			}
		}).switchIfEmpty(missing(id)).then();
	}

	private Mono<Void> upload(AgentSocketClient client) {
		return client.invoke("upload").items(Flux.range(1, 50)).toMono(Integer.class).doOnNext((count) -> {
			if (count != 50) {
				this.wrong.add("50 items became " + count);
			}
		}).then();
	}

	private Mono<String> missing(String id) {
		return Mono.fromRunnable(() -> this.wrong.add(id + " was answered with nothing"));
	}

	record Call(String id) {

	}

}
