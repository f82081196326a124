package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Demand of the consumer reaches the producer at the other end of the socket, in both
 * directions.
 */
class BackPressureTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final int STREAMS = 1000;

	private final AtomicLong produced = new AtomicLong();

	private final AtomicLong taken = new AtomicLong();

	private final TestServer server = TestServer.with(
			Action.named("numbers")
				.result(ResultShape.ITEMS)
				.handler((exchange) -> Flux.<Long>generate((sink) -> sink.next(this.produced.incrementAndGet()))),
			Action.named("large").result(ResultShape.TEXT).handler((exchange) -> Flux.<String>generate((sink) -> {
				this.produced.incrementAndGet();
				sink.next("x".repeat(10_000));
			})),
			Action.named("slow")
				.items(Map.of("type", "integer"))
				.handler((exchange) -> exchange.inbound(Integer.class)
					.concatMap((item) -> Mono.delay(Duration.ofMillis(2)).thenReturn(item), 1)
					.doOnNext((item) -> this.taken.incrementAndGet())
					.take(100)
					.then(Mono.just("enough"))));

	private final AgentSocketClient client = AgentSocketClient.builder(this.server.uri()).build();

	@AfterEach
	void close() {
		Await.end(this.client.close());
		this.server.close();
	}

	@Test
	void consumerThatRequestsOneItemHoldsTheProducerAtOne() {
		StepVerifier.create(this.client.invoke("numbers").toFlux(Long.class), 1)
			.expectNext(1L)
			.then(() -> assertThat(this.produced).hasValue(1))
			.thenRequest(1)
			.expectNext(2L)
			.then(() -> assertThat(this.produced).hasValue(2))
			.thenRequest(10)
			.expectNextCount(10)
			.then(() -> assertThat(this.produced).hasValue(12))
			.thenCancel()
			.verify(TIMEOUT);
	}

	@Test
	void thousandSlowConsumersHoldThousandProducersAtTheirCredit() {
		List<OneAtATime> consumers = Flux.range(0, STREAMS).map((i) -> {
			OneAtATime consumer = new OneAtATime();
			this.client.invoke("large").toFlux(String.class).subscribe(consumer);
			return consumer;
		}).collectList().block(TIMEOUT);
		Await.until(() -> consumers.stream().allMatch((consumer) -> consumer.received.get() == 1));
		assertThat(this.produced).hasValue(STREAMS);
		consumers.forEach((consumer) -> consumer.request(2));
		Await.until(() -> consumers.stream().allMatch((consumer) -> consumer.received.get() == 3));
		assertThat(this.produced).hasValue(3 * STREAMS);
		consumers.forEach(BaseSubscriber::cancel);
		Await.until(() -> this.server.server().isIdle());
	}

	@Test
	void operatorThatAsksAheadHoldsWhatItHasAskedForAndNoMore() {
		Scheduler other = Schedulers.newSingle("reader");
		Disposable stuck = this.client.invoke("numbers")
			.toFlux(Long.class)
			.publishOn(other, 8)
			.concatMap((number) -> Mono.never(), 1)
			.subscribe();
		Await.until(() -> this.produced.get() == 8);
		// Further items of the first call would have come before this one.
		StepVerifier.create(this.client.invoke("numbers").toFlux(Long.class), 1)
			.expectNext(9L)
			.thenCancel()
			.verify(TIMEOUT);
		assertThat(this.produced).hasValue(9);
		stuck.dispose();
		other.dispose();
	}

	@Test
	void slowToolHoldsTheCallersItemsAtItsCredit() {
		AtomicLong sent = new AtomicLong();
		Flux<Integer> items = Flux.range(0, 1_000_000).doOnNext((item) -> sent.incrementAndGet());
		StepVerifier.create(Await.ended(this.client.invoke("slow").items(items).toMono(String.class)))
			.expectNext("enough")
			.expectComplete()
			.verify(TIMEOUT);
		// 100 taken, one more in hand, 32 of credit, 16 asked for ahead.
		assertThat(sent.get()).isBetween(100L, 100L + 1 + 32 + 16 + 16);
	}

	private static final class OneAtATime extends BaseSubscriber<String> {

		private final AtomicLong received = new AtomicLong();

		@Override
		protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
			subscription.request(1);
		}

		@Override
		protected void hookOnNext(String value) {
			this.received.incrementAndGet();
		}

	}

}
