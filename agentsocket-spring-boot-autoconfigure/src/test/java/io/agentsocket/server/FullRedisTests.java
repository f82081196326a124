package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions in a Redis that takes no writes because its memory is full ({@code maxmemory}
 * with {@code noeviction}): they wait, and go on when there is room.
 */
@WithRedis
class FullRedisTests {

	private static final ActionHints READ_ONLY = new ActionHints(true, false, true, false, false, null);

	private static final int NUMBERS = 400;

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger taken = new AtomicInteger();

	private final List<Integer> numbers = new CopyOnWriteArrayList<>();

	private final List<Integer> events = new CopyOnWriteArrayList<>();

	private Action[] actions() {
		return new Action[] {
				Action.named("sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class)
						.doOnNext((item) -> this.taken.incrementAndGet())
						.reduce(0, Integer::sum)),
				Action.named("count").handler((exchange) -> Mono.fromSupplier(this.runs::incrementAndGet)),
				Action.named("numbers")
					.hints(READ_ONLY)
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer().take(NUMBERS)),
				Action.named("tell").handler((exchange) -> {
					IntStream.range(0, 20).forEach((i) -> exchange.sendEvent("tick", i));
					return Mono.just("told");
				}) };
	}

	/**
	 * Writes that were refused since the server began. A script counts as an error of
	 * another kind than its write before Redis 7.
	 */
	private static int refused(LocalRedis redis) {
		return redis.command("INFO", "errorstats")
			.lines()
			.filter((line) -> line.startsWith("errorstat_OOM:count=") || line.startsWith("errorstat_ERR:count="))
			.mapToInt((line) -> Integer.parseInt(line.strip().split("=")[1]))
			.sum();
	}

	private static void makeRoom(LocalRedis redis) {
		redis.command("CONFIG", "SET", "maxmemory", "0");
	}

	/** A session of relaxed durability may be reset when it moves, and says so. */
	@Test
	@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void nothingIsLostAndNothingRunsTwice(LocalRedis shared) {
		Assumptions.assumeTrue(shared.owned(), "a given Redis is not filled");
		try (LocalRedis redis = LocalRedis.open(shared.rung())) {
			redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
			RedisStandaloneConfiguration address = new RedisStandaloneConfiguration(redis.host(), redis.port());
			try (RedisBacking backing = new RedisBacking(address, Duration.ofSeconds(20), "full", Await.LONG);
					TestCluster cluster = new TestCluster(backing, Durability.STRICT, 3, this::actions)) {
				AgentSocketClient client = AgentSocketClient.builder(cluster.uri())
					.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
					.build();
				try {
					whileItIsFull(redis, cluster, client);
				}
				finally {
					makeRoom(redis);
					client.close().block(Await.LONG);
				}
			}
		}
	}

	private void whileItIsFull(LocalRedis redis, TestCluster cluster, AgentSocketClient client) {
		client.events("tick", Integer.class).subscribe(this.events::add);
		client.connect().block(Await.LONG);
		String session = client.sessionId();
		Sinks.Many<Integer> items = Sinks.many().unicast().onBackpressureBuffer();
		Mono<Integer> sum = started(client.invoke("sum").items(items.asFlux()).toMono(Integer.class));
		Mono<Void> stream = started(client.invoke("numbers").toFlux(Integer.class).doOnNext(this.numbers::add).then());
		items.tryEmitNext(1);
		Await.until(() -> this.taken.get() == 1 && !this.numbers.isEmpty());
		// Items and results travel between pods from now on.
		move(cluster, client, 1);
		items.tryEmitNext(2);
		Await.until(() -> this.taken.get() == 2);
		Mono<String> told = started(client.invoke("tell").toMono(String.class));
		fillAndSend(redis, items, 3);
		Mono<Integer> count = started(client.invoke("count").toMono(Integer.class));
		makeRoom(redis);
		assertThat(count.block(Await.LONG)).isEqualTo(1);
		// Once more, and the session moves as soon as there is room.
		fillAndSend(redis, items, 13);
		cluster.target(cluster.pod(2));
		cluster.cut();
		Await.until(() -> client.state() != ConnectionState.CONNECTED);
		makeRoom(redis);
		IntStream.range(23, 33).forEach(items::tryEmitNext);
		items.tryEmitComplete();
		assertThat(sum.block(Await.LONG)).isEqualTo(32 * 33 / 2);
		assertThat(told.block(Await.LONG)).isEqualTo("told");
		stream.block(Await.LONG);
		assertThat(this.numbers).containsExactlyElementsOf(IntStream.range(0, NUMBERS).boxed().toList());
		Await.until(() -> this.events.size() >= 20);
		assertThat(this.events).containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
		assertThat(this.runs).hasValue(1);
		assertThat(client.sessionId()).isEqualTo(session);
		assertThat(client.invoke("count").toMono(Integer.class).block(Await.LONG)).isEqualTo(2);
	}

	private static void fillAndSend(LocalRedis redis, Sinks.Many<Integer> items, int first) {
		redis.command("CONFIG", "SET", "maxmemory", "1");
		int before = refused(redis);
		IntStream.range(first, first + 10).forEach(items::tryEmitNext);
		Await.until("Redis refuses writes", () -> refused(redis) > before + 3);
	}

	private static void move(TestCluster cluster, AgentSocketClient client, int pod) {
		cluster.target(cluster.pod(pod));
		cluster.cut();
		Await.until(
				() -> !cluster.pod(pod).server().sessions().isEmpty() && client.state() == ConnectionState.CONNECTED);
	}

	private static <T> Mono<T> started(Mono<T> call) {
		Mono<T> started = call.cache();
		started.subscribe(null, (error) -> {
		});
		return started;
	}

}
