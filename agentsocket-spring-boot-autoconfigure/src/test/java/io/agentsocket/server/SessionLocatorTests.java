package io.agentsocket.server;

import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that are reached from pods that do not serve them.
 */
class SessionLocatorTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final TestCluster cluster = new TestCluster(Durability.STRICT, 2,
			() -> new Action[] { Action.named("hello").handler((exchange) -> Mono.just("hello")) });

	private final List<AgentSocketClient> clients = new ArrayList<>();

	@AfterEach
	void stop() {
		this.clients.forEach((client) -> client.close().block(TIMEOUT));
		this.cluster.close();
	}

	private AgentSocketClientBuilder builder() {
		return AgentSocketClient.builder(this.cluster.uri())
			.connectTimeout(TIMEOUT)
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(100)))
			.offer("agent.double", ClusterTests.Number.class, (number) -> Mono.just(2 * number.n()));
	}

	private AgentSocketClient connect(AgentSocketClientBuilder builder) {
		AgentSocketClient client = builder.build();
		this.clients.add(client);
		Await.end(client.connect());
		return client;
	}

	private AgentSocketOperations agents(int pod) {
		return new AgentSocketOperations(this.cluster.pod(pod).server());
	}

	private AgentSocket reach(int pod, AgentSocketClient client) {
		return Objects.requireNonNull(agents(pod).session(client.sessionId()).block(TIMEOUT));
	}

	private static Mono<Integer> twice(AgentSocket agent, int n) {
		return agent.invoke("agent.double").arguments(Map.of("n", n)).toMono(Integer.class);
	}

	private static void verifyTwice(AgentSocket agent) {
		StepVerifier.create(Await.ended(twice(agent, 4))).expectNext(8).expectComplete().verify(TIMEOUT);
	}

	private ServerSession follower(int pod, AgentSocketClient client) {
		return Objects.requireNonNull(this.cluster.pod(pod).server().present(client.sessionId()));
	}

	private void release(int pod, AgentSocketClient client) {
		ServerSession follower = follower(pod, client);
		assertThat(follower.isFollower()).isTrue();
		follower.peer().execute(follower::close);
		Await.until(follower::isEnded);
	}

	private void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
	}

	private static void verifyError(Mono<?> result, ErrorCode code) {
		StepVerifier.create(Await.ended(result)).expectErrorSatisfies((error) -> {
			ActionException exception = (ActionException) error;
			assertThat(exception.errorCode()).isEqualTo(code);
			// An action that asked for it does not pass it on as its own.
			assertThat(exception.isForeign()).isTrue();
		}).verify(TIMEOUT);
	}

	@Test
	void sessionIsOutOfReachWhenTheStoreFails() {
		AtomicBoolean away = new AtomicBoolean();
		SessionStore store = InMemorySessionStore.shared(Clock.systemUTC());
		SessionStore failing = (SessionStore) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { SessionStore.class },
				(proxy, method, args) -> (away.get() && method.getName().equals("find"))
						? Mono.error(new IllegalStateException("away")) : method.invoke(store, args));
		try (TestCluster other = new TestCluster(TestCluster.inMemory(failing), Durability.STRICT, 2,
				() -> new Action[0])) {
			AgentSocketClient client = AgentSocketClient.builder(other.uri()).build();
			this.clients.add(client);
			client.connect().block(TIMEOUT);
			AgentSocket agent = new AgentSocketOperations(other.pod(1).server()).session(client.sessionId())
				.block(TIMEOUT);
			assertThat(agent).isNotNull();
			ServerSession follower = other.pod(1).server().present(client.sessionId());
			follower.peer().execute(follower::close);
			Await.until(follower::isEnded);
			away.set(true);
			verifyError(twice(agent, 4), ErrorCode.UNAVAILABLE);
			verifyError(agent.sendEvent("news", "n"), ErrorCode.UNAVAILABLE);
		}
	}

	@Test
	void agentThatWasFoundOnceIsReachedAfterItsFollowerHasGone() {
		AgentSocketClient client = connect(builder());
		List<String> events = new CopyOnWriteArrayList<>();
		client.events("news", String.class).subscribe(events::add);
		AgentSocket agent = reach(1, client);
		verifyTwice(agent);
		for (int i = 0; i < 3; i++) {
			release(1, client);
			verifyTwice(agent);
			release(1, client);
			agent.sendEvent("news", "n" + i).block(TIMEOUT);
		}
		Await.until(() -> events.size() == 3);
		assertThat(events).containsExactly("n0", "n1", "n2");
	}

	@Test
	void invocationThatComesJustWhenTheFollowerGoesIsMadeByTheNextOne() {
		AgentSocketClient client = connect(builder());
		AgentSocket agent = reach(1, client);
		StepVerifier.create(agent.invoke("agent.double").arguments(Map.of("n", 4)).toFlux(Integer.class), 0)
			.then(() -> release(1, client))
			.thenRequest(1)
			.expectNext(8)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void followerStaysAsLongAsSomethingWaits() {
		AgentSocketClient client = connect(builder());
		AgentSocket agent = reach(1, client);
		ServerSession follower = follower(1, client);
		StepVerifier.create(Await.ended(isDone(follower))).expectNext(true).expectComplete().verify(TIMEOUT);
		this.cluster.pod(1).hold();
		Mono<Void> sent = agent.sendEvent("news", "n").cache();
		sent.subscribe();
		StepVerifier.create(Await.ended(isDone(follower))).expectNext(false).expectComplete().verify(TIMEOUT);
		this.cluster.pod(1).release();
		Await.end(sent);
		// And not before the owner has taken it.
		StepVerifier
			.create(Await.ended(isDone(follower).repeatWhen((rounds) -> rounds.delayElements(Duration.ofMillis(20)))
				.any((done) -> done)))
			.expectNext(true)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void subscriptionOfACallThatRunsElsewhereIsKnownToTheOwner() {
		AgentSocketClient client = connect(builder());
		reach(1, client);
		AgentSocketOperations owner = new AgentSocketOperations(this.cluster.pod(0).server());
		assertThat(owner.publish("mail", "m")).isZero();
		follower(1, client).subscriptions().change(List.of("mail"), List.of());
		StepVerifier.create(Await.ended(Flux.interval(Duration.ofMillis(20))
			.onBackpressureDrop()
			.any((tick) -> owner.publish("mail", "m") == 1))).expectNext(true).expectComplete().verify(TIMEOUT);
	}

	private static Mono<Boolean> isDone(ServerSession follower) {
		return Mono.create((sink) -> follower.peer().execute(() -> sink.success(follower.peer().ownership().isDone())));
	}

	@Test
	void agentThatWasFoundOnceIsReachedWhereverItMoves() {
		AgentSocketClient client = connect(builder());
		AgentSocket here = reach(0, client);
		AgentSocket there = reach(1, client);
		for (int i = 0; i < 4; i++) {
			verifyTwice(here);
			verifyTwice(there);
			move((i + 1) % 2);
			StepVerifier.create(Await.ended(client.invoke("hello").toMono(String.class)))
				.expectNext("hello")
				.expectComplete()
				.verify(TIMEOUT);
		}
		TestCluster.Pod next = this.cluster.start();
		this.cluster.target(next);
		this.cluster.cut();
		verifyTwice(here);
		verifyTwice(there);
		assertThat(here.session().isConnected()).isFalse();
	}

	@Test
	void agentWhosePodDiesIsReachedWhenItIsBack() {
		AgentSocketClient client = connect(builder());
		AgentSocket agent = reach(1, client);
		TestCluster.Pod dead = this.cluster.pod(0);
		this.cluster.target(this.cluster.start());
		dead.kill();
		StepVerifier.create(Await.ended(twice(new AgentSocket(this.cluster.pod(0).server(), followerOf(agent)), 4)))
			.expectNext(8)
			.expectComplete()
			.verify(TIMEOUT);
		verifyTwice(agent);
	}

	private ServerSession followerOf(AgentSocket agent) {
		return Objects.requireNonNull(this.cluster.pod(0).server().present(agent.session().id()));
	}

	@Test
	void sessionThatHasEndedIsAnsweredAsGone() {
		AgentSocketClient client = connect(builder());
		AgentSocket here = reach(0, client);
		AgentSocket there = reach(1, client);
		AgentSocket late = reach(1, client);
		verifyTwice(there);
		there.session().end().block(TIMEOUT);
		Await.end(agents(1).session(there.session().id()));
		for (AgentSocket agent : List.of(here, there, late)) {
			verifyError(twice(agent, 4), ErrorCode.FAILED_PRECONDITION);
			verifyError(agent.sendEvent("news", "n"), ErrorCode.FAILED_PRECONDITION);
			agent.session().end().block(TIMEOUT);
		}
		Await.until(() -> client.state() == ConnectionState.REFUSED);
	}

	@Test
	void invocationOfASessionThatEndsMeanwhileIsAnsweredAsGone() {
		AgentSocketClient client = connect(builder().offer("agent.never", Object.class, (input) -> Mono.never()));
		AgentSocket there = reach(1, client);
		Mono<String> call = there.invoke("agent.never").toMono(String.class).cache();
		call.subscribe();
		verifyTwice(there);
		reach(0, client).session().end().block(TIMEOUT);
		verifyError(call, ErrorCode.FAILED_PRECONDITION);
	}

	@Test
	void sessionOfADeadPodIsEnded() {
		AgentSocketClient client = connect(builder());
		AgentSocket agent = reach(1, client);
		TestCluster.Pod waiting = this.cluster.start();
		waiting.hold();
		this.cluster.target(waiting);
		this.cluster.pod(0).kill();
		agent.session().end().block(TIMEOUT);
		verifyError(agent.sendEvent("news", "n"), ErrorCode.FAILED_PRECONDITION);
		waiting.release();
	}

	@Test
	void whatTheAgentDoesNotAcceptIsRefusedInEachPod() {
		Limits small = new Limits(Limits.CLIENT.message(), 2048, 4096, 8192, 16, Limits.CLIENT.items(),
				Limits.CLIENT.window(), Limits.CLIENT.aliases(), Limits.CLIENT.name(), 1024, Limits.CLIENT.depth());
		AgentSocketClient client = connect(builder().limits(small));
		for (AgentSocket agent : List.of(reach(0, client), reach(1, client))) {
			verifyError(agent.sendEvent("news", "x".repeat(5000)), ErrorCode.TOO_LARGE);
			verifyError(agent.invoke("agent.double").arguments(Map.of("n", "x".repeat(5000))).toMono(Integer.class),
					ErrorCode.TOO_LARGE);
			agent.sendEvent("news", "x".repeat(4000)).block(TIMEOUT);
			verifyTwice(agent);
		}
	}

	@Test
	void eventsForADetachedSessionAreBoundedInEachPodAndWhatWasTakenArrives() {
		AgentSocketClient client = connect(builder());
		List<String> events = new CopyOnWriteArrayList<>();
		client.events("news", String.class).subscribe(events::add);
		client.invoke("hello").toMono(String.class).block(TIMEOUT);
		TestCluster.Pod waiting = this.cluster.start();
		waiting.hold();
		this.cluster.target(waiting);
		this.cluster.cut();
		Await.until(() -> !follower(0, client).session().isConnected());
		AgentSocket agent = reach(1, client);
		List<Integer> taken = new CopyOnWriteArrayList<>();
		List<Throwable> refused = new CopyOnWriteArrayList<>();
		Mono<Void> all = Flux.range(0, 2500)
			.flatMap((n) -> agent.sendEvent("news", n + "x".repeat(4096))
				.doOnSuccess((nothing) -> taken.add(n))
				.onErrorResume((error) -> {
					refused.add(error);
					return Mono.empty();
				}), 2500)
			.then()
			.cache();
		all.subscribe();
		Await.until(() -> !refused.isEmpty() && taken.size() > 10);
		assertThat(refused).allSatisfy((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
			assertThat(((ActionException) error).isRetryable()).isTrue();
		});
		waiting.release();
		Await.end(all);
		Await.until(() -> events.size() == taken.size());
		assertThat(events).containsExactlyElementsOf(taken.stream().map((n) -> n + "x".repeat(4096)).toList());
		assertThat(taken).hasSize(2500 - refused.size());
	}

	@Test
	void agentsOfAPrincipalAreFoundInAllPods() {
		List<AgentSocketClient> ofAnn = IntStream.range(0, 4).mapToObj((i) -> {
			this.cluster.target(this.cluster.pod(i % 2));
			return connect(builder().headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann")));
		}).toList();
		connect(builder().headers((headers) -> headers.set(TestServer.PRINCIPAL, "bob")));
		connect(builder());
		List<String> ids = ofAnn.stream().map(AgentSocketClient::sessionId).toList();
		for (int pod = 0; pod < 2; pod++) {
			assertThat(sessionsOf(pod, "ann")).containsExactlyInAnyOrderElementsOf(ids);
			assertThat(sessionsOf(pod, "bob")).hasSize(1);
			assertThat(sessionsOf(pod, "nobody")).isEmpty();
			assertThat(agents(pod).local()).hasSize((pod == 0) ? 2 : 4);
		}
		StepVerifier.create(Await.ended(agents(0).principal("ann").flatMap((agent) -> twice(agent, 4))))
			.expectNext(8, 8, 8, 8)
			.expectComplete()
			.verify(TIMEOUT);
		reach(0, ofAnn.get(1)).session().end().block(TIMEOUT);
		assertThat(sessionsOf(0, "ann")).hasSize(3).doesNotContain(ids.get(1));
	}

	private List<String> sessionsOf(int pod, String principal) {
		return agents(pod).principal(principal)
			.map((agent) -> agent.session().id())
			.collectList()
			.blockOptional(TIMEOUT)
			.orElseThrow();
	}

}
