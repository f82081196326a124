package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several pods serve a session.
 */
class ClusterTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger ticks = new AtomicInteger();

	/** A drain ends before that, when nothing runs any more. */
	private final TestCluster cluster = new TestCluster(TIMEOUT, Durability.STRICT, 2, this::actions);

	private final AgentSocketClient client = AgentSocketClient.builder(this.cluster.uri())
		.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(100)))
		.offer("agent.double", Number.class, (number) -> Mono.just(2 * number.n()))
		.build();

	private Action[] actions() {
		return new Action[] {
				Action.named("count").handler((exchange) -> Mono.fromSupplier(this.runs::incrementAndGet)),
				Action.named("numbers")
					.hints(new ActionHints(true, false, false, false, false, null))
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(2))
						.take(500)
						.doOnNext((tick) -> this.ticks.incrementAndGet())
						.onBackpressureBuffer()),
				Action.named("remember")
					.handler((exchange) -> exchange.session()
						.setAttribute("city", exchange.<City>arguments(City.class))
						.thenReturn("ok")),
				Action.named("recall")
					.handler((exchange) -> Mono
						.justOrEmpty(exchange.session().attribute("city", City.class).map(City::name))) };
	}

	@AfterEach
	void stop() {
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void connect() {
		Await.end(this.client.connect());
	}

	private void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
	}

	@Test
	void repeatedCallIsAnsweredWithItsResultInAnotherPod() {
		connect();
		assertThat(count("key-1")).isEqualTo(1);
		assertThat(count("key-1")).isEqualTo(1);
		move(1);
		assertThat(count("key-1")).isEqualTo(1);
		assertThat(count("key-2")).isEqualTo(2);
		assertThat(this.runs).hasValue(2);
	}

	private Integer count(String key) {
		return this.client.invoke("count").idempotencyKey(key).toMono(Integer.class).block(TIMEOUT);
	}

	@Test
	void attributesMoveWithTheSession() {
		connect();
		assertThat(this.client.invoke("remember").arguments(new City("Berlin")).toMono(String.class).block(TIMEOUT))
			.isEqualTo("ok");
		move(1);
		assertThat(this.client.invoke("recall").toMono(String.class).block(TIMEOUT)).isEqualTo("Berlin");
	}

	@Test
	void sessionIsReachedFromAnyPod() {
		connect();
		List<String> events = new CopyOnWriteArrayList<>();
		this.client.events("news", String.class).subscribe(events::add);
		AgentSocketOperations other = new AgentSocketOperations(this.cluster.pod(1).server());
		AgentSocket agent = other.session(this.client.sessionId()).block(TIMEOUT);
		assertThat(agent).isNotNull();
		assertThat(agent.invoke("agent.double").arguments(Map.of("n", 4)).toMono(Integer.class).block(TIMEOUT))
			.isEqualTo(8);
		agent.sendEvent("news", "one").then(agent.sendEvent("news", "x".repeat(40_000))).block(TIMEOUT);
		Await.until(() -> events.size() == 2);
		assertThat(events).containsExactly("one", "x".repeat(40_000));
		StepVerifier.create(Await.ended(agent.invoke("agent.missing").toMono(String.class)))
			.expectError(ActionException.class)
			.verify(TIMEOUT);
	}

	@Test
	void eventsArePublishedInAllPods() {
		connect();
		List<Object> events = new CopyOnWriteArrayList<>();
		this.client.events("news", Object.class).subscribe(events::add);
		AgentSocketOperations here = new AgentSocketOperations(this.cluster.pod(0).server());
		AgentSocketOperations other = new AgentSocketOperations(this.cluster.pod(1).server());
		Await.until(() -> here.publish("news", Map.of("n", 0)) == 1);
		assertThat(other.publish("news", Map.of("n", 1))).isZero();
		Await.until(() -> events.contains(Map.of("n", 1)));
	}

	@Test
	void sessionIsEndedFromAnyPodAndIsGoneThen() {
		connect();
		String id = this.client.sessionId();
		AgentSocketOperations other = new AgentSocketOperations(this.cluster.pod(1).server());
		AgentSocket agent = other.session(id).block(TIMEOUT);
		assertThat(agent).isNotNull();
		agent.session().end().block(TIMEOUT);
		Await.until(() -> this.client.state() == ConnectionState.REFUSED);
		Await.end(other.session(id));
		StepVerifier.create(Await.ended(agent.invoke("agent.double").arguments(Map.of("n", 4)).toMono(Integer.class)))
			.expectError(ActionException.class)
			.verify(TIMEOUT);
	}

	@Test
	void invocationOfADetachedSessionWaitsForTheAgent() {
		connect();
		AgentSocket agent = new AgentSocketOperations(this.cluster.pod(1).server()).session(this.client.sessionId())
			.block(TIMEOUT);
		assertThat(agent).isNotNull();
		TestCluster.Pod next = this.cluster.start();
		this.cluster.target(next);
		Mono<Integer> call = agent.invoke("agent.double").arguments(Map.of("n", 5)).toMono(Integer.class).cache();
		this.cluster.cut();
		call.subscribe();
		StepVerifier.create(Await.ended(call)).expectNext(10).expectComplete().verify(TIMEOUT);
	}

	@Test
	void drainedPodLosesNothingOfWhatIsShort() {
		connect();
		Mono<Long> stream = this.client.invoke("numbers").toFlux(Integer.class).count().cache();
		stream.subscribe();
		TestCluster.Pod leaving = this.cluster.pod(0);
		this.cluster.target(this.cluster.pod(1));
		leaving.drain();
		StepVerifier.create(Await.ended(stream)).expectNext(500L).expectComplete().verify(TIMEOUT);
		assertThat(count("after")).isEqualTo(1);
	}

	@Test
	void reconnectsAsFastAsCanBe() {
		connect();
		Mono<Long> stream = this.client.invoke("numbers").toFlux(Integer.class).count().cache();
		stream.subscribe();
		for (int i = 0; i < 40; i++) {
			move(i % 2);
			Await.pass(Duration.ofMillis(i % 6 * 5), "the moves come at different times");
		}
		StepVerifier.create(Await.ended(stream)).expectNext(500L).expectComplete().verify(TIMEOUT);
	}

	@Test
	void storeThatStandsStillStopsTheSessionAndLosesNothing() {
		connect();
		Mono<Long> stream = this.client.invoke("numbers").toFlux(Integer.class).count().cache();
		stream.subscribe();
		TestCluster.Pod pod = this.cluster.pod(0);
		pod.hold();
		// The tool goes on meanwhile, to its end.
		Await.until(() -> this.ticks.get() == 500);
		pod.release();
		StepVerifier.create(Await.ended(stream)).expectNext(500L).expectComplete().verify(TIMEOUT);
	}

	@Test
	void storeOutOfReachForLongClosesTheConnectionUntilItIsBack() {
		connect();
		Mono<Integer> call = this.client.invoke("count").toMono(Integer.class).cache();
		TestCluster.Pod pod = this.cluster.pod(0);
		pod.hold();
		call.subscribe();
		Await.until(() -> this.client.state() != ConnectionState.CONNECTED);
		assertThat(this.runs).hasValue(0);
		pod.release();
		StepVerifier.create(Await.ended(call)).expectNext(1).expectComplete().verify(TIMEOUT);
	}

	record Number(int n) {

	}

	record City(String name) {

	}

}
