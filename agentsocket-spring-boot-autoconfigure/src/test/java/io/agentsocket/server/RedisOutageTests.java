package io.agentsocket.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import com.example.redis.LocalRedis;
import com.example.redis.LocalRedisCluster;
import com.example.redis.WithRedis;
import com.example.redis.WithRedisCluster;
import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Agents and a Redis that is slow, out of reach, started again, or a cluster.
 */
@WithRedis
@WithRedisCluster
class RedisOutageTests {

	private static final Duration TIMEOUT = Await.LONG;

	/**
	 * Whatever blocks a thread of the server takes longer: commands of Redis have 60 s.
	 */
	private static final Duration RESPONSIVE = Duration.ofSeconds(20);

	/** A socket whose session cannot be stored is closed after 5 to 10 seconds. */
	private static final Duration CLOSED_BY_THEN = Duration.ofSeconds(5);

	private static final ActionHints READ_ONLY = new ActionHints(true, false, false, false, false, null);

	private static final int NUMBERS = 600;

	private static final int FLOOD = 20_000;

	private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable resource : this.open) {
			resource.close();
		}
	}

	/** Two pods, an agent, and what it does. */
	private final class Scene {

		private final AtomicInteger runs = new AtomicInteger();

		private final AtomicInteger produced = new AtomicInteger();

		private final AtomicInteger attempts = new AtomicInteger();

		private final Queue<Integer> numbers = new ConcurrentLinkedQueue<>();

		private final TestCluster cluster;

		private final AgentSocketClient client;

		private Mono<Void> stream = Mono.never();

		Scene(RedisConfiguration address, String namespace) {
			this(address, namespace, Duration.ofSeconds(1));
		}

		Scene(RedisConfiguration address, String namespace, Duration commandTimeout) {
			RedisBacking backing = new RedisBacking(address, commandTimeout, namespace, Duration.ofSeconds(5));
			this.cluster = new TestCluster(backing, Durability.STRICT, 2, this::actions);
			this.client = AgentSocketClient.builder(this.cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
				.headers((headers) -> this.attempts.incrementAndGet())
				.connectTimeout(TIMEOUT)
				.build();
			RedisOutageTests.this.open.add(() -> this.client.close().block(TIMEOUT));
			RedisOutageTests.this.open.add(this.cluster);
		}

		private Action[] actions() {
			return new Action[] {
					Action.named("count").handler((exchange) -> Mono.fromSupplier(this.runs::incrementAndGet)),
					Action.named("remember")
						.handler((exchange) -> exchange.session().setAttribute("seen", "it").thenReturn("ok")),
					Action.named("recall")
						.handler((exchange) -> Mono.justOrEmpty(exchange.session().attribute("seen", String.class))),
					Action.named("numbers")
						.hints(READ_ONLY)
						.result(ResultShape.ITEMS)
						.handler(
								(exchange) -> Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer().take(NUMBERS)),
					Action.named("endless")
						.hints(READ_ONLY)
						.result(ResultShape.ITEMS)
						.handler((exchange) -> Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer()),
					Action.named("flood")
						.hints(READ_ONLY)
						.result(ResultShape.ITEMS)
						.handler((exchange) -> Flux.<String>generate((sink) -> {
							this.produced.incrementAndGet();
							sink.next("x".repeat(200));
						}).take(FLOOD)) };
		}

		void begin() {
			begin("numbers");
		}

		void begin(String stream) {
			this.client.connect().block(TIMEOUT);
			this.stream = this.client.invoke(stream).toFlux(Integer.class).doOnNext(this.numbers::add).then().cache();
			this.stream.subscribe(null, (error) -> assertThat(error).isInstanceOf(ActionException.class));
			Await.until(() -> this.numbers.size() > 50);
		}

		Mono<Integer> count() {
			return this.client.invoke("count").toMono(Integer.class);
		}

		Mono<Long> flood() {
			return this.client.invoke("flood").toFlux(String.class).count();
		}

		<T> Mono<T> started(Mono<T> call) {
			Mono<T> started = call.cache();
			started.subscribe(null, (error) -> assertThat(error).isInstanceOf(ActionException.class));
			return started;
		}

		void assertWhole() {
			this.stream.block(TIMEOUT);
			assertThat(this.numbers).containsExactlyElementsOf(IntStream.range(0, NUMBERS).boxed().toList());
		}

		/** Each of them answers within a time in which nothing that blocks would. */
		void assertResponsive() {
			String http = this.cluster.uri().replace("ws:", "http:");
			List<Integer> answers = Flux.range(0, 8)
				.flatMap((i) -> HttpClient.newConnection()
					.get()
					.uri(http)
					.response()
					.map((response) -> response.status().code()))
				.collectList()
				.block(RESPONSIVE);
			assertThat(answers).hasSize(8).allMatch((status) -> status >= 400 && status < 500);
		}

	}

	/** State that does not change for half a second: what was on its way has arrived. */
	private static <T> T settled(Supplier<T> state) {
		AtomicReference<T> last = new AtomicReference<>(state.get());
		Flux.interval(Duration.ofMillis(500))
			.onBackpressureDrop()
			.map((tick) -> state.get())
			.takeUntil((now) -> now.equals(last.getAndSet(now)))
			.blockLast(TIMEOUT);
		return last.get();
	}

	private static RedisConfiguration at(int port) {
		return new RedisStandaloneConfiguration("127.0.0.1", port);
	}

	/**
	 * A silent Redis and a Redis whose connections break, side by side.
	 */
	@Test
	void sessionsWaitForARedisOutOfReachAndGoOn(LocalRedis redis) throws Exception {
		TcpProxy silent = new TcpProxy(redis.port());
		TcpProxy gone = new TcpProxy(redis.port());
		this.open.add(silent);
		this.open.add(gone);
		List<Scene> scenes = List.of(new Scene(at(silent.port()), "silent"), new Scene(at(gone.port()), "gone"));
		scenes.forEach(Scene::begin);
		List<String> sessions = scenes.stream().map((scene) -> scene.client.sessionId()).toList();
		long begin = System.nanoTime();
		silent.mode(TcpProxy.Mode.STALLED);
		gone.mode(TcpProxy.Mode.SHUT);
		int reconnects = gone.accepted();
		List<Mono<Integer>> calls = scenes.stream().map((scene) -> scene.started(scene.count())).toList();
		List<Mono<Long>> floods = scenes.stream().map((scene) -> scene.started(scene.flood())).toList();
		// Sockets stay open, nothing is sent, nothing starts that must not run twice.
		List<Integer> produced = settled(() -> scenes.stream().map((scene) -> scene.produced.get()).toList());
		List<Integer> seen = settled(() -> scenes.stream().map((scene) -> scene.numbers.size()).toList());
		Await.pass(Duration.ofMillis(1000), "nothing may happen");
		boolean connected = scenes.stream().allMatch((scene) -> scene.client.state() == ConnectionState.CONNECTED);
		// On a busy machine the sockets may be closed already.
		assertThat(connected || System.nanoTime() - begin > CLOSED_BY_THEN.toNanos()).as("connected").isTrue();
		scenes.forEach(Scene::assertResponsive);
		assertThat(scenes).extracting((scene) -> scene.numbers.size()).isEqualTo(seen);
		assertThat(scenes).extracting((scene) -> scene.runs.get()).containsOnly(0);
		assertThat(scenes).extracting((scene) -> scene.produced.get())
			.as("producers wait")
			.isEqualTo(produced)
			.allMatch((count) -> count < 4_000);
		// Then the sockets are closed, and the agents come back now and then.
		Await.until(() -> scenes.stream().allMatch((scene) -> scene.client.state() == ConnectionState.CONNECTING));
		List<Integer> before = scenes.stream().map((scene) -> scene.attempts.get()).toList();
		Await.pass(Duration.ofSeconds(5), "attempts are counted");
		// On a busy machine the next one may not have been made meanwhile.
		for (int i = 0; i < scenes.size(); i++) {
			AtomicInteger attempts = scenes.get(i).attempts;
			int known = before.get(i);
			Await.until("another attempt", () -> attempts.get() > known);
		}
		for (int i = 0; i < scenes.size(); i++) {
			Scene scene = scenes.get(i);
			assertThat(scene.client.state()).isEqualTo(ConnectionState.CONNECTING);
			assertThat(scene.attempts.get() - before.get(i)).as("attempts in 5 s").isBetween(1, 4);
			assertThat(scene.runs).hasValue(0);
		}
		assertThat(gone.accepted() - reconnects).as("attempts to reach Redis").isLessThan(150);
		silent.mode(TcpProxy.Mode.OPEN);
		gone.mode(TcpProxy.Mode.OPEN);
		for (int i = 0; i < scenes.size(); i++) {
			Scene scene = scenes.get(i);
			assertThat(calls.get(i).block(TIMEOUT)).isEqualTo(1);
			assertThat(floods.get(i).block(TIMEOUT)).isEqualTo(FLOOD);
			scene.assertWhole();
			assertThat(scene.client.sessionId()).isEqualTo(sessions.get(i));
			assertThat(scene.runs).hasValue(1);
		}
	}

	@Test
	void slowRedisOnlyTakesTime(LocalRedis redis) throws Exception {
		TcpProxy gate = new TcpProxy(redis.port());
		this.open.add(gate);
		Scene scene = new Scene(at(gate.port()), "slow", TIMEOUT);
		scene.begin();
		gate.delay(Duration.ofMillis(100));
		assertThat(scene.count().block(TIMEOUT)).isEqualTo(1);
		scene.cluster.target(scene.cluster.pod(1));
		scene.cluster.cut();
		assertThat(scene.count().block(TIMEOUT)).isEqualTo(2);
		scene.assertWhole();
		assertThat(scene.attempts).as("one for each connection").hasValue(2);
	}

	@Test
	void nothingIsLostWhenAPersistentRedisIsStartedAgain() {
		LocalRedis redis = LocalRedis.openPersistent();
		Scene scene = new Scene(at(redis.port()), "persistent");
		this.open.add(redis);
		scene.begin();
		String session = scene.client.sessionId();
		assertThat(scene.client.invoke("remember").toMono(String.class).block(TIMEOUT)).isEqualTo("ok");
		redis.stop();
		Mono<Integer> call = scene.started(scene.count());
		Await.pass(Duration.ofMillis(300), "nothing may start");
		assertThat(scene.runs).hasValue(0);
		redis.start();
		assertThat(call.block(TIMEOUT)).isEqualTo(1);
		scene.cluster.target(scene.cluster.pod(1));
		scene.cluster.cut();
		scene.assertWhole();
		assertThat(scene.client.invoke("recall").toMono(String.class).block(TIMEOUT)).isEqualTo("it");
		assertThat(scene.client.sessionId()).isEqualTo(session);
	}

	@Test
	void agentsAreToldWhenRedisIsStartedAgainEmpty() throws IOException {
		LocalRedis redis = LocalRedis.open();
		this.open.add(redis);
		org.assertj.core.api.Assumptions.assumeThat(redis.owned()).isTrue();
		Scene scene = new Scene(at(redis.port()), "empty");
		scene.begin("endless");
		String session = scene.client.sessionId();
		redis.restart();
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> scene.stream.block(TIMEOUT))
			.satisfies((error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.SESSION_RESET));
		assertThat(scene.numbers).containsExactlyElementsOf(IntStream.range(0, scene.numbers.size()).boxed().toList());
		assertThat(scene.count().block(TIMEOUT)).isEqualTo(1);
		assertThat(scene.client.sessionId()).isNotEqualTo(session);
	}

	@Test
	void sessionsMoveOnARedisCluster(LocalRedisCluster nodes) {
		List<Integer> attempts = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			Scene scene = new Scene(new RedisClusterConfiguration(nodes.nodes()), "moves" + i, TIMEOUT);
			scene.begin();
			assertThat(scene.client.invoke("remember").toMono(String.class).block(TIMEOUT)).isEqualTo("ok");
			scene.cluster.target(scene.cluster.pod(1));
			scene.cluster.cut();
			assertThat(scene.count().block(TIMEOUT)).isEqualTo(1);
			assertThat(scene.client.invoke("recall").toMono(String.class).block(TIMEOUT)).isEqualTo("it");
			AgentSocketOperations other = new AgentSocketOperations(scene.cluster.pod(0).server());
			assertThat(other.session(scene.client.sessionId()).block(TIMEOUT)).isNotNull();
			scene.assertWhole();
			attempts.add(scene.attempts.get());
		}
		// On a busy machine an attempt may be late now and then.
		assertThat(attempts).as("one for each connection").contains(2).allMatch((count) -> count >= 2);
	}

}
