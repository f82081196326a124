package io.agentsocket.server;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.client.KnownSession;
import io.agentsocket.session.Durability;
import io.agentsocket.session.SessionStore.ClaimRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ownership of a session that several peers claim, and the remains of the losers.
 */
class SessionRaceTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final int CHUNKS = 4000;

	/** Nothing expires in it, however long the machine stops. */
	private SpyStore store = store();

	private final AtomicInteger produced = new AtomicInteger();

	private TestCluster cluster;

	private AgentSocketClient client;

	private static SpyStore store() {
		return new SpyStore(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
	}

	private Action[] actions() {
		return new Action[] {
				Action.named("echo").handler((exchange) -> Mono.justOrEmpty(exchange.<Object>arguments(Object.class))),
				Action.named("numbers")
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer().take(500)),
				Action.named("flood").result(ResultShape.ITEMS).handler((exchange) -> Flux.<String>generate((sink) -> {
					int n = this.produced.incrementAndGet();
					if (n > CHUNKS) {
						sink.complete();
					}
					else {
						sink.next(n + "x".repeat(4096));
					}
				})) };
	}

	private void start(Duration idleTimeout) {
		this.cluster = new TestCluster(TestCluster.inMemory(this.store.counting()), Durability.STRICT, idleTimeout, 2,
				this::actions);
		this.client = AgentSocketClient.builder(this.cluster.uri())
			.connectTimeout(TIMEOUT)
			.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)))
			.build();
		Await.end(this.client.connect());
	}

	@AfterEach
	void stop() {
		this.cluster.goOn();
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
		Await.until(() -> this.cluster.pod(pod).server().sessions().size() == 1
				&& this.client.state() == ConnectionState.CONNECTED);
		echo();
	}

	private void echo() {
		StepVerifier.create(Await.ended(this.client.invoke("echo").arguments(Map.of("a", 1)).toMono(Map.class)))
			.expectNext(Map.of("a", 1))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void tokenOfBeforeIsWorthNothingOnceTheClientIsBack() {
		start(Duration.ofMinutes(2));
		String before = token();
		this.cluster.cut();
		Await.until(() -> this.store.done("claim") == 1);
		Await.until(() -> this.store.done("invalidatePreviousToken") == 1);
		assertThat(token()).isNotEqualTo(before);
		// A HELLO that was given up, that a server processes late, and of an agent that
		// does not count them well.
		ClaimRequest late = new ClaimRequest(Secrets.hash(before), Secrets.hash("late"), null, 9);
		Await.end(this.store.store().claim(this.client.sessionId(), late, "", "late/1", Duration.ofMinutes(1)));
		echo();
	}

	private String token() {
		return KnownSession.of(this.client).token();
	}

	@Test
	void podThatDidNotHearOfAMoveEndsNoSession() {
		String id = moveUnheard();
		// It learns of the move when it is about to expire the session.
		Await.until(() -> this.cluster.pod(0).server().sessions().isEmpty());
		echo();
		assertThat(this.client.sessionId()).isEqualTo(id);
		assertThat(this.store.done("end")).isZero();
		StepVerifier.create(Await.ended(this.store.store().find(id)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
	}

	/** On a busy machine a session may end before its agent is back. */
	private String moveUnheard() {
		while (true) {
			start(Duration.ofSeconds(1));
			String id = this.client.sessionId();
			this.cluster.pod(0).deaf(true);
			move(1);
			if (this.client.sessionId().equals(id)) {
				return id;
			}
			stop();
			this.store = store();
		}
	}

	@Test
	void sessionThatIsReallyGoneExpires() {
		start(Duration.ofSeconds(1));
		String id = this.client.sessionId();
		this.cluster.pod(0).deaf(true);
		this.cluster.shut();
		Await.until(() -> this.cluster.pod(0).server().sessions().isEmpty());
		Await.end(this.store.store().find(id));
	}

	@Test
	void peerOfASessionThatHasMovedGoesAway() {
		start(Duration.ofMinutes(2));
		move(1);
		Await.until(() -> this.cluster.pod(0).peers().isEmpty());
		assertThat(this.cluster.pod(1).peers()).hasSize(1);
		echo();
	}

	@Test
	void stalePeerOfASessionThatHasComeBackGoesAway() {
		start(Duration.ofMinutes(2));
		this.cluster.pod(0).deaf(true);
		move(1);
		assertThat(this.cluster.pod(0).server().sessions()).hasSize(1);
		ServerSession stale = this.cluster.pod(0).peers().get(0);
		move(0);
		Await.until(stale::isFollower);
		assertThat(this.cluster.pod(0).server().sessions()).hasSize(1);
		Await.until(() -> this.cluster.pod(0).peers().size() == 1 && stale.isEnded());
		assertThat(this.cluster.pod(0).peers()).doesNotContain(stale);
		echo();
	}

	@ParameterizedTest
	@EnumSource
	void welcomeThatIsLostLocksNobodyOut(Place place) {
		start(Duration.ofMinutes(2));
		String id = this.client.sessionId();
		List<Integer> numbers = new CopyOnWriteArrayList<>();
		Mono<Void> stream = this.client.invoke("numbers").toFlux(Integer.class).doOnNext(numbers::add).then().cache();
		stream.subscribe();
		Await.until(() -> numbers.size() > 20);
		for (int i = 1; i <= 3; i++) {
			int claims = this.store.done("claim");
			this.cluster.target(this.cluster.pod((place == Place.ANOTHER_POD) ? i % 2 : 0));
			this.cluster.loseWelcome();
			this.cluster.cut();
			// The one that is lost, and another one.
			Await.until(
					() -> this.store.done("claim") >= claims + 2 && this.client.state() == ConnectionState.CONNECTED);
		}
		Await.end(stream);
		assertThat(numbers).isEqualTo(IntStream.range(0, 500).boxed().toList());
		assertThat(this.client.sessionId()).isEqualTo(id);
	}

	enum Place {

		SAME_POD, ANOTHER_POD

	}

	@Test
	void agentThatDoesNotReadStopsTheToolInTheOldPodToo() {
		start(Duration.ofMinutes(2));
		List<String> chunks = new CopyOnWriteArrayList<>();
		Mono<Void> stream = this.client.invoke("flood")
			.toFlux(String.class)
			.doOnNext((chunk) -> chunks.add(chunk.substring(0, chunk.indexOf('x'))))
			.then()
			.cache();
		this.cluster.stall();
		stream.subscribe();
		int here = settled();
		// The window of the agent and what is on its way: not all of the 16 MiB.
		assertThat(here).isBetween(10, CHUNKS / 4);
		this.cluster.target(this.cluster.pod(1));
		this.cluster.cut();
		Await.until(() -> this.store.done("claim") == 1);
		int there = settled();
		// Another window in the new pod, and 64 messages of the follower on their way.
		assertThat(there).isBetween(here, CHUNKS / 2);
		this.cluster.goOn();
		Await.end(stream);
		assertThat(chunks).isEqualTo(IntStream.rangeClosed(1, CHUNKS).mapToObj(String::valueOf).toList());
	}

	/** Items produced, once production has stopped. */
	private int settled() {
		AtomicInteger last = new AtomicInteger(-1);
		Flux.interval(Duration.ofMillis(300))
			.onBackpressureDrop()
			.takeUntil((tick) -> this.produced.get() > 0 && last.getAndSet(this.produced.get()) == this.produced.get())
			.blockLast(TIMEOUT);
		return this.produced.get();
	}

}
