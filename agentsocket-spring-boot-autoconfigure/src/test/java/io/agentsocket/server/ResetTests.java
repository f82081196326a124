package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.client.KnownSession;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application's view of a server that has lost its session, or the numbers of it.
 */
class ResetTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final ActionHints READ_ONLY = new ActionHints(true, false, false, false, false, null);

	private final SpyStore store = new SpyStore();

	private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

	private final List<String> signals = new CopyOnWriteArrayList<>();

	private final Sinks.Empty<Void> release = Sinks.empty();

	private final TestCluster cluster = new TestCluster(TestCluster.inMemory(this.store.counting()), Durability.STRICT,
			2, this::actions);

	private final AgentSocketClient client = AgentSocketClient.builder(this.cluster.uri())
		.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(50)))
		.build();

	private Action[] actions() {
		return new Action[] { Action.named("read").hints(READ_ONLY).handler(this::run),
				Action.named("write").handler(this::run), Action.named("quick").handler((exchange) -> {
					count(exchange);
					return Mono.just("quick");
				}), Action.named("open").handler((exchange) -> {
					exchange.actions().replace(Action.named("own").hints(READ_ONLY).handler(this::run));
					return Mono.just("open");
				}), Action.named("stream").hints(READ_ONLY).result(ResultShape.ITEMS).handler((exchange) -> {
					int run = count(exchange);
					return Flux.just("first of " + run).concatWith(this.release.asMono().then(Mono.just("last")));
				}) };
	}

	private int count(AgentExchange exchange) {
		return this.runs.computeIfAbsent(exchange.action().name(), (name) -> new AtomicInteger()).incrementAndGet();
	}

	/** The first run never ends. */
	private Mono<String> run(AgentExchange exchange) {
		int run = count(exchange);
		return (run == 1) ? Mono.never() : Mono.just("run " + run);
	}

	@BeforeEach
	void connect() {
		Await.end(this.client.connect());
	}

	@AfterEach
	void stop() {
		this.cluster.goOn();
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void record(String name, Flux<String> call) {
		call.subscribe((item) -> this.signals.add(name + "=" + item), (error) -> {
			ActionException exception = (ActionException) error;
			this.signals.add(name + "!" + exception.code() + (exception.hasMaybeRun() ? "?" : ""));
		}, () -> this.signals.add(name + "."));
	}

	private int runs(String action) {
		AtomicInteger count = this.runs.get(action);
		return (count != null) ? count.get() : 0;
	}

	/** The client takes another log for the session's. */
	private void confuse() {
		Welcome last = KnownSession.of(this.client);
		KnownSession.set(this.client,
				new Welcome(last.status(), last.session(), last.token(), "another", last.rx(), last.next(), last.ttl(),
						last.keepalive(), last.capacity(), last.aliases(), last.catalog(), last.server()));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void callsThatMayRunTwiceGoOnInANewSession(int pod) {
		String before = this.client.sessionId();
		record("read", this.client.invoke("read").toMono(String.class).flux());
		record("write", this.client.invoke("write").toMono(String.class).flux());
		record("stream", this.client.invoke("stream").toFlux(String.class));
		Await.until(() -> runs("read") == 1 && runs("write") == 1 && this.signals.size() == 1);
		this.store.store().end(before).block(TIMEOUT);
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
		Await.until(() -> this.signals.size() == 5);
		assertThat(this.client.sessionId()).isNotEqualTo(before);
		assertThat(this.signals).containsExactlyInAnyOrder("stream=first of 1", "read=run 2", "read.", "write!37?",
				"stream!37?");
		assertThat(runs("write")).isEqualTo(1);
		assertThat(runs("stream")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void keptResultIsDeliveredInTheSameSession(int pod) {
		String before = this.client.sessionId();
		StepVerifier.create(Await.ended(this.client.invoke("quick").toMono(String.class)))
			.expectNext("quick")
			.expectComplete()
			.verify(TIMEOUT);
		this.cluster.stall();
		record("quick", this.client.invoke("quick").idempotencyKey("k").toMono(String.class).flux());
		record("read", this.client.invoke("read").idempotencyKey("r").toMono(String.class).flux());
		record("write", this.client.invoke("write").idempotencyKey("w").toMono(String.class).flux());
		Await.until(() -> runs("quick") == 2 && runs("read") == 1 && runs("write") == 1 && isSettled());
		confuse();
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
		this.cluster.goOn();
		Await.until(() -> this.signals.size() == 5);
		assertThat(this.client.sessionId()).isEqualTo(before);
		assertThat(this.signals).containsExactlyInAnyOrder("quick=quick", "quick.", "read=run 2", "read.", "write!32?");
		assertThat(runs("quick")).isEqualTo(2);
		assertThat(runs("write")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void subscriptionsAreGoneAfterAResetThatKeepsTheSession(int pod) {
		String before = this.client.sessionId();
		assertThat(subscribe("old")).containsExactly("old");
		confuse();
		move(pod);
		Await.until(() -> KnownSession.of(this.client).status() == Welcome.Status.RESET);
		assertThat(this.client.sessionId()).isEqualTo(before);
		assertThat(subscribe()).isEmpty();
		move(1 - pod);
		assertThat(subscribe()).isEmpty();
		assertThat(subscribe("new")).containsExactly("new");
		move(pod);
		assertThat(subscribe()).containsExactly("new");
		assertThat(this.client.sessionId()).isEqualTo(before);
	}

	private void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
	}

	private List<String> subscribe(String... names) {
		Map<?, ?> answer = this.client.invoke(Names.SUBSCRIBE)
			.arguments(Map.of("add", List.of(names)))
			.toMono(Map.class)
			.block(TIMEOUT);
		return ((List<?>) answer.get("events")).stream().map(String::valueOf).toList();
	}

	/** An action of the session runs in the pod where it was announced. */
	@Test
	void readOnlyCallWithAKeyThatARunInAnotherPodHasStoppedIsMadeAgain() {
		Await.end(this.client.invoke("open").toMono(String.class).then());
		this.cluster.target(this.cluster.pod(1));
		this.cluster.cut();
		record("own", this.client.invoke("own").idempotencyKey("k").toMono(String.class).flux());
		Await.until(() -> runs("own") == 1);
		confuse();
		this.cluster.cut();
		Await.until(() -> !this.signals.isEmpty());
		Await.untilAsserted(() -> assertThat(this.signals).containsExactly("own=run 2", "own."));
	}

	private boolean isSettled() {
		return this.cluster.pod(0).peers().stream().allMatch((session) -> session.peer().ownership().isSettled());
	}

	@Test
	void callsThatWereNotSentAreMadeInTheNewSession() {
		this.store.store().end(this.client.sessionId()).block(TIMEOUT);
		this.cluster.shut();
		Await.until(() -> this.client.state() != ConnectionState.CONNECTED);
		record("quick", this.client.invoke("quick").toMono(String.class).flux());
		this.cluster.target(this.cluster.pod(1));
		Await.until(() -> this.signals.size() == 2);
		assertThat(this.signals).containsExactly("quick=quick", "quick.");
		assertThat(runs("quick")).isEqualTo(1);
	}

}
