package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages between pods get lost while sessions move: nothing that was acknowledged is
 * missing, and nothing waits for a message that does not come.
 */
class LostMessagesTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final ActionHints READ_ONLY = new ActionHints(true, false, true, false, false, null);

	private static final int TICKS = 50;

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger ticks = new AtomicInteger();

	private final List<String> events = new CopyOnWriteArrayList<>();

	private final Sinks.One<String> release = Sinks.one();

	private TestCluster cluster;

	private AgentSocketClient client;

	private Action[] actions() {
		return new Action[] { Action.named("sum")
			.items(Map.of("type", "integer"))
			.handler((exchange) -> exchange.inbound(Integer.class)
				.doOnNext((item) -> this.ticks.incrementAndGet())
				.reduce(0, Integer::sum)), Action.named("wait").handler((exchange) -> {
					this.runs.incrementAndGet();
					return this.release.asMono();
				}), Action.named("mark").handler((exchange) -> {
					exchange.sendEvent("tick", "end");
					return Mono.just("marked");
				}), Action.named("count").hints(READ_ONLY).result(ResultShape.ITEMS).handler((exchange) -> {
					int run = this.runs.incrementAndGet();
					return Flux.range(0, TICKS).doOnNext((item) -> {
						exchange.sendEvent("tick", run + "/" + item);
						this.ticks.incrementAndGet();
					});
				}) };
	}

	private void start(Durability durability) {
		this.cluster = new TestCluster(durability, 3, this::actions);
		this.client = AgentSocketClient.builder(this.cluster.uri())
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
			.build();
		this.client.events("tick", String.class).subscribe(this.events::add);
		this.client.connect().block(TIMEOUT);
	}

	@AfterEach
	void stop() {
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void move(TestCluster.Pod pod) {
		this.cluster.target(pod);
		this.cluster.cut();
		Await.until(() -> !pod.server().sessions().isEmpty() && this.client.state() == ConnectionState.CONNECTED);
	}

	/** Begins a call that has taken its first item. */
	private Mono<Integer> sum(Sinks.Many<Integer> items) {
		Mono<Integer> sum = this.client.invoke("sum").items(items.asFlux()).toMono(Integer.class).cache();
		sum.subscribe();
		items.tryEmitNext(1);
		Await.until(() -> this.ticks.get() == 1);
		return sum;
	}

	private TestCluster.Pod moveToOwnerThatLoses() {
		TestCluster.Pod owner = this.cluster.pod(1);
		move(owner);
		owner.lose(true);
		return owner;
	}

	/** All that was sent is durable, and some of it lost on the way to the tool. */
	private static void awaitLoss(TestCluster.Pod owner, int before) {
		Await.until(() -> owner.lost() > before
				&& owner.peers().stream().allMatch((peer) -> peer.peer().ownership().isSettled()));
	}

	@ParameterizedTest
	@EnumSource
	void itemsThatWereAcknowledgedOutliveTheOwnerThatPassedThemOn(Durability durability) {
		start(durability);
		Sinks.Many<Integer> items = Sinks.many().unicast().onBackpressureBuffer();
		Mono<Integer> sum = sum(items);
		TestCluster.Pod owner = moveToOwnerThatLoses();
		int before = owner.lost();
		for (int i = 2; i <= 10; i++) {
			items.tryEmitNext(i);
		}
		// They are on their way to the tool, and durable.
		awaitLoss(owner, before);
		this.cluster.target(this.cluster.pod(2));
		owner.kill();
		this.cluster.cut();
		for (int i = 11; i <= 20; i++) {
			items.tryEmitNext(i);
		}
		items.tryEmitComplete();
		assertThat(sum.block(TIMEOUT)).isEqualTo(20 * 21 / 2);
	}

	@Test
	void itemsThatGotLostOnTheWayToTheToolAreAskedForByTheNextOnes() {
		start(Durability.STRICT);
		Sinks.Many<Integer> items = Sinks.many().unicast().onBackpressureBuffer();
		Mono<Integer> sum = sum(items);
		TestCluster.Pod owner = moveToOwnerThatLoses();
		int before = owner.lost();
		items.tryEmitNext(2);
		awaitLoss(owner, before);
		owner.lose(false);
		items.tryEmitNext(3);
		items.tryEmitComplete();
		assertThat(sum.block(TIMEOUT)).isEqualTo(1 + 2 + 3);
	}

	@Test
	void answerOfAnOwnerThatWasNotToldComesAllTheSame() {
		start(Durability.STRICT);
		Mono<String> answer = this.client.invoke("wait").toMono(String.class).cache();
		answer.subscribe();
		Await.until(() -> this.runs.get() == 1);
		this.cluster.pod(1).lose(true);
		move(this.cluster.pod(1));
		assertThat(this.cluster.pod(0).server().sessions()).hasSize(1);
		this.cluster.pod(1).lose(false);
		this.release.tryEmitValue("done");
		assertThat(answer.block(TIMEOUT)).isEqualTo("done");
	}

	@Test
	void eventOfAnOwnerThatWasNotToldArrives() {
		start(Durability.STRICT);
		AgentSocket stale = new AgentSocketOperations(this.cluster.pod(0).server()).local().get(0);
		TestCluster.Pod next = this.cluster.pod(1);
		next.lose(true);
		move(next);
		stale.sendEvent("tick", "late").block(TIMEOUT);
		next.lose(false);
		Await.until(() -> this.events.contains("late"));
	}

	@Test
	void eventOfAnOwnerWhoseSuccessorTellsNobodyArrives() {
		start(Durability.STRICT);
		AgentSocket stale = new AgentSocketOperations(this.cluster.pod(0).server()).local().get(0);
		TestCluster.Pod mute = this.cluster.pod(1);
		mute.lose(true);
		move(mute);
		// It waits there for the agent.
		stale.sendEvent("tick", "late").block(TIMEOUT);
		this.cluster.target(this.cluster.pod(1 + 1));
		mute.kill();
		this.cluster.cut();
		Await.until(() -> this.events.contains("late"));
	}

	@Test
	void eventsOfARunThatDoesNotCountAreNotSeen() {
		start(Durability.STRICT);
		TestCluster.Pod before = this.cluster.pod(0);
		before.hold();
		Mono<List<Integer>> items = this.client.invoke("count").toFlux(Integer.class).collectList().cache();
		items.subscribe();
		Await.until(() -> this.ticks.get() == TICKS);
		move(this.cluster.pod(1));
		before.release();
		assertThat(items.block(TIMEOUT)).isEqualTo(IntStream.range(0, TICKS).boxed().toList());
		Await.until(() -> before.peers()
			.stream()
			.allMatch((peer) -> peer.isFollower() && peer.peer().ownership().isSettled()));
		assertThat(this.client.invoke("mark").toMono(String.class).block(TIMEOUT)).isEqualTo("marked");
		Await.until(() -> this.events.contains("end"));
		assertThat(this.runs).hasValue(2);
		assertThat(this.events).hasSize(TICKS + 1).noneMatch((event) -> event.startsWith("1/"));
	}

}
