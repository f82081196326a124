package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Actions of one session, wherever the session goes.
 */
class SessionActionsSyncTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final AtomicInteger sold = new AtomicInteger();

	private final AtomicInteger cancelled = new AtomicInteger();

	private final Sinks.Empty<Void> never = Sinks.empty();

	private final CountDownLatch late = new CountDownLatch(1);

	private final Sinks.Empty<Void> moved = Sinks.empty();

	private final TestCluster cluster = new TestCluster(Durability.STRICT, 3, this::actions);

	private final AgentSocketClient client = AgentSocketClient.builder(this.cluster.uri())
		.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(100)))
		.offer("agent.double", Number.class, (number) -> Mono.just(2 * number.n()))
		.build();

	private Action[] actions() {
		return new Action[] { Action.named("shop.open").handler((exchange) -> Mono.fromSupplier(() -> {
			exchange.actions().replace(buy());
			exchange.actions().replace(Action.named("shop.queue").result(ResultShape.ITEMS).handler(this::queue));
			return "open";
		})), Action.named("shop.close")
			.handler((exchange) -> Mono
				.fromSupplier(() -> String.valueOf(exchange.actions().remove("shop.buy") != null))),
				Action.named("shop.late").handler((exchange) -> {
					this.late.countDown();
					return this.moved.asMono().then(Mono.fromSupplier(() -> {
						exchange.actions().replace(buy());
						return "open";
					}));
				}) };
	}

	private Action buy() {
		return Action.named("shop.buy")
			.description("Buys one")
			.tags("shop")
			.input(Map.of("type", "object", "properties", Map.of("n", Map.of("type", "integer"))))
			.handler((exchange) -> exchange.invoke("agent.double")
				.arguments(exchange.<Number>arguments(Number.class))
				.toMono(Integer.class)
				.doOnNext((n) -> this.sold.incrementAndGet()));
	}

	private Flux<Integer> queue(AgentExchange exchange) {
		return Flux.range(0, 3)
			.concatWith(this.never.asMono().then(Mono.empty()))
			.doOnCancel(this.cancelled::incrementAndGet);
	}

	@AfterEach
	void stop() {
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void open() {
		Await.end(this.client.connect());
		assertThat(call("shop.open")).isEqualTo("open");
	}

	private String call(String action) {
		return String.valueOf(this.client.invoke(action).toMono(String.class).block(TIMEOUT));
	}

	private Mono<Integer> buying(int n) {
		return this.client.invoke("shop.buy").arguments(new Number(n)).toMono(Integer.class);
	}

	private void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
	}

	private List<String> names() {
		return this.client.actions().block(TIMEOUT).stream().map(ActionDescriptor::name).toList();
	}

	@Test
	void runWhereTheyWereMadeAfterTheSessionHasMoved() {
		open();
		List<ActionDescriptor> before = this.client.describe("shop.buy").collectList().block(TIMEOUT);
		for (int pod : new int[] { 1, 2, 0, 1 }) {
			move(pod);
			assertThat(buying(pod).block(TIMEOUT)).isEqualTo(2 * pod);
			assertThat(names()).contains("shop.buy", "shop.queue");
		}
		assertThat(this.client.describe("shop.buy").collectList().block(TIMEOUT)).isEqualTo(before);
		assertThat(this.sold).hasValue(4);
	}

	@Test
	void streamAndInterruptGoToWhereTheyRun() {
		open();
		move(1);
		List<Integer> items = new CopyOnWriteArrayList<>();
		Disposable stream = this.client.invoke("shop.queue").toFlux(Integer.class).subscribe(items::add);
		Await.until(() -> items.size() == 3);
		move(2);
		assertThat(buying(1).block(TIMEOUT)).isEqualTo(2);
		assertThat(this.cancelled).hasValue(0);
		stream.dispose();
		Await.until(() -> this.cancelled.get() == 1);
	}

	@Test
	void runOnceForAIdempotencyKeyWhereverTheSessionIs() {
		open();
		Mono<Integer> keyed = Mono.defer(() -> this.client.invoke("shop.buy")
			.arguments(new Number(2))
			.idempotencyKey("k")
			.toMono(Integer.class));
		move(1);
		assertThat(keyed.block(TIMEOUT)).isEqualTo(4);
		move(2);
		assertThat(keyed.block(TIMEOUT)).isEqualTo(4);
		assertThat(this.sold).hasValue(1);
	}

	@Test
	void addedWhileTheSessionIsElsewhere() {
		Await.end(this.client.connect());
		Mono<String> late = this.client.invoke("shop.late").toMono(String.class).cache();
		late.subscribe();
		Await.until(this.late);
		move(1);
		Await.until(() -> this.cluster.pod(0).peers().stream().allMatch(ServerSession::isFollower));
		this.moved.tryEmitEmpty();
		assertThat(late.block(TIMEOUT)).isEqualTo("open");
		assertThat(buying(3).block(TIMEOUT)).isEqualTo(6);
		move(2);
		assertThat(buying(4).block(TIMEOUT)).isEqualTo(8);
	}

	@Test
	void addedAndRemovedFromAnyPod() {
		Await.end(this.client.connect());
		AgentSocket agent = new AgentSocketOperations(this.cluster.pod(2).server()).session(this.client.sessionId())
			.block(TIMEOUT);
		assertThat(agent).isNotNull();
		ActionCatalog catalog = agent.actions();
		catalog.add(buy());
		awaitOffered(true);
		assertThat(buying(5).block(TIMEOUT)).isEqualTo(10);
		move(1);
		assertThat(buying(6).block(TIMEOUT)).isEqualTo(12);
		catalog.remove("shop.buy");
		awaitOffered(false);
		expectNotFound();
	}

	private void expectNotFound() {
		StepVerifier.create(Await.ended(buying(1)))
			.expectErrorSatisfies((error) -> assertThat(code(error)).isEqualTo(ErrorCode.NOT_FOUND))
			.verify(TIMEOUT);
	}

	private static ErrorCode code(Throwable error) {
		return ErrorCode.of(((ActionException) error).code());
	}

	@Test
	void removedByAToolInTheirPod() {
		open();
		assertThat(call("shop.close")).isEqualTo("true");
		move(1);
		assertThat(names()).doesNotContain("shop.buy").contains("shop.queue");
		expectNotFound();
	}

	@Test
	void goWithTheirPodWhichDies() {
		open();
		move(1);
		List<Throwable> lost = new CopyOnWriteArrayList<>();
		List<Integer> items = new CopyOnWriteArrayList<>();
		this.client.invoke("shop.queue").toFlux(Integer.class).subscribe(items::add, lost::add);
		Await.until(() -> items.size() == 3);
		this.cluster.pod(0).kill();
		awaitOffered(false);
		Await.until(() -> lost.size() == 1);
		assertThat(code(lost.get(0))).isEqualTo(ErrorCode.LOST);
		expectNotFound();
	}

	@Test
	void callThatGetsLostOnItsWayIsSentAgain() {
		open();
		move(1);
		assertThat(buying(1).block(TIMEOUT)).isEqualTo(2);
		int lost = this.cluster.pod(1).lost();
		this.cluster.pod(1).lose(true);
		Mono<Integer> call = buying(2).cache();
		Disposable waiting = call.subscribe();
		Await.until(() -> this.cluster.pod(1).lost() > lost);
		assertThat(waiting.isDisposed()).isFalse();
		this.cluster.pod(1).lose(false);
		assertThat(call.block(TIMEOUT)).isEqualTo(4);
		assertThat(this.sold).hasValue(2);
	}

	@Test
	void areWithdrawnWhenTheirPodIsDrained() {
		open();
		List<String> changes = new CopyOnWriteArrayList<>();
		this.client.changes().subscribe((change) -> changes.add(change.name()));
		move(1);
		assertThat(buying(1).block(TIMEOUT)).isEqualTo(2);
		this.cluster.pod(0).drain();
		Await.untilAsserted(() -> assertThat(changes).contains("shop.buy", "shop.queue"));
		Await.untilAsserted(() -> assertThat(names()).doesNotContain("shop.buy", "shop.queue"));
	}

	@Test
	void areThereAgainInTheirPodWithoutADetour() {
		open();
		move(1);
		assertThat(call("shop.open")).isEqualTo("open");
		move(0);
		assertThat(buying(7).block(TIMEOUT)).isEqualTo(14);
		this.cluster.pod(0).kill();
		this.cluster.target(this.cluster.pod(1));
		// The later ones were made in the second pod.
		assertThat(buying(8).block(TIMEOUT)).isEqualTo(16);
	}

	private void awaitOffered(boolean offered) {
		Flux.interval(Duration.ofMillis(20))
			.onBackpressureDrop()
			.concatMap((tick) -> this.client.actions())
			.takeUntil((actions) -> actions.stream().anyMatch((action) -> action.name().equals("shop.buy")) == offered)
			.blockLast(TIMEOUT);
	}

	record Number(int n) {

	}

}
