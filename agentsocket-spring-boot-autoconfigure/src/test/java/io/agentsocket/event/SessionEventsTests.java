package io.agentsocket.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.StubSession;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.TestPublisher;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The delivery of the events of a session.
 */
@ExtendWith(OutputCaptureExtension.class)
class SessionEventsTests {

	private static final Duration LIMIT = Await.LONG;

	private final Side side = new Side();

	private final List<Object> seen = new CopyOnWriteArrayList<>();

	@AfterEach
	void close() {
		this.side.close();
	}

	@Test
	void deliversInOrderAndOneAtATimeWhereverTheListenersRun() {
		AtomicInteger running = new AtomicInteger();
		AtomicBoolean overlapped = new AtomicBoolean();
		List<String> threads = new CopyOnWriteArrayList<>();
		EventListeners listeners = this.side.listeners().queueSize(1000).on("blocking", Integer.class, (session, n) -> {
			overlapped.compareAndSet(false, running.incrementAndGet() != 1);
			threads.add("blocking on " + Thread.currentThread().getName());
			this.seen.add(n);
			running.decrementAndGet();
		}).onReactive("reactive", Integer.class, (session, n) -> {
			overlapped.compareAndSet(false, running.incrementAndGet() != 1);
			threads.add("reactive on " + Thread.currentThread().getName());
			this.seen.add(n);
			Mono<?> end = (n % 3 == 0) ? Mono.empty() : Mono.delay(Duration.ofNanos(100_000));
			return end.doOnTerminate(running::decrementAndGet);
		}).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		List<Object> numbers = new ArrayList<>();
		for (int i = 0; i < 600; i++) {
			numbers.add(i);
			this.side.send(sink, (i / 2 % 2 == 0) ? "blocking" : "reactive", i);
		}
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(600));
		assertThat(this.seen).isEqualTo(numbers);
		assertThat(overlapped).isFalse();
		assertThat(threads).containsOnly("blocking on worker", "reactive on loop");
	}

	@Test
	void aSlowListenerHoldsUpItsOwnSessionOnly() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		EventListeners listeners = this.side.listeners().on("slow", (session) -> {
			if (session.id().equals("one")) {
				Await.until(release);
			}
			this.seen.add(session.id());
		}).build();
		SessionEvents one = this.side.sink(listeners, "one");
		SessionEvents two = this.side.sink(listeners, "two");
		this.side.send(one, "slow", null);
		this.side.send(two, "slow", null);
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly("two"));
		release.countDown();
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly("two", "one"));
		Await.untilAsserted(() -> assertThat(listeners.counts().delivered()).isEqualTo(2));
		assertThat(one.counts().delivered()).isEqualTo(1);
	}

	@Test
	void dropsTheNewestEventsWhenTheQueueIsFull(CapturedOutput output) {
		CountDownLatch release = new CountDownLatch(1);
		EventListeners listeners = this.side.listeners().queueSize(2).on("n", Integer.class, (session, n) -> {
			Await.until(release);
			this.seen.add(n);
		}).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		for (int i = 0; i < 6; i++) {
			this.side.send(sink, "n", i);
		}
		Await.untilAsserted(() -> assertThat(sink.counts().overflowed()).isEqualTo(3));
		release.countDown();
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(3));
		this.side.send(sink, "n", 6);
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly(0, 1, 2, 6));
		assertThat(StringUtils.countOccurrencesOf(output.getOut(), "Session s sent more events")).isEqualTo(1);
		assertThat(output.getOut()).contains("WARN");
	}

	@Test
	void boundsTheBytesThatWaitButLetsASingleEventWait() {
		Sinks.Empty<Void> release = Sinks.empty();
		EventListeners listeners = this.side.listeners().queueBytes(100).onReactive("t", String.class, (session, t) -> {
			this.seen.add(t.length());
			return release.asMono();
		}).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "t", "x");
		this.side.send(sink, "t", "x".repeat(500));
		this.side.send(sink, "t", "xx");
		Await.untilAsserted(() -> assertThat(sink.counts().overflowed()).isEqualTo(1));
		release.tryEmitEmpty();
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(2));
		for (int i = 0; i < 3; i++) {
			this.side.send(sink, "t", "xx");
		}
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly(1, 500, 2, 2, 2));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void dropsPayloadsThatDoNotFit(Codec codec, CapturedOutput output) {
		try (Side side = new Side(codec)) {
			EventListeners listeners = side.listeners()
				.on("place", Place.class, (session, place) -> this.seen.add(place))
				.on("number", int.class, (session, number) -> this.seen.add(number))
				.build();
			SessionEvents sink = side.sink(listeners, "s");
			side.send(sink, "place", Map.of("x", "secret text"));
			side.send(sink, "place", "no object");
			side.send(sink, "place", null);
			side.sendBytes(sink, "place", codec.encode(null));
			side.sendBytes(sink, "place", Bytes.of(new byte[] { (byte) 0xff, 1 }));
			side.sendBytes(sink, "place", nested(codec));
			side.send(sink, "number", "many");
			side.send(sink, "number", null);
			side.send(sink, "place", Map.of("x", 1, "y", 2));
			side.send(sink, "number", 3);
			Await.untilAsserted(() -> assertThat(this.seen).containsExactly(new Place(1, 2), 3));
			Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(2, 0, 0, 8, 0)));
			assertThat(StringUtils.countOccurrencesOf(output.getOut(), "event 'place' whose payload does not fit"))
				.isEqualTo(1);
			assertThat(output.getOut()).contains("(/x: expected an integer of 32 bits)").doesNotContain("secret text");
		}
	}

	private static List<Codec> codecs() {
		return List.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static Bytes nested(Codec codec) {
		byte[] bytes = new byte[1000];
		Arrays.fill(bytes, (byte) (codec.name().equals("cbor") ? 0x81 : '['));
		return Bytes.of(bytes);
	}

	@Test
	void aPropertyOfThePeerCannotForgeLinesOfTheLog(CapturedOutput output) {
		EventListeners listeners = this.side.listeners().listenersOf(new Object() {

			@io.agentsocket.annotation.AgentEvent
			void places(Map<String, Place> places) {
				SessionEventsTests.this.seen.add(places);
			}

		}).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "places", Map.of("a\nERROR forged", "no place"));
		Await.untilAsserted(() -> assertThat(sink.counts().invalid()).isEqualTo(1));
		Await.untilAsserted(() -> assertThat(output.getOut()).contains("/a?ERROR forged"));
		assertThat(output.getOut().lines()).noneMatch((line) -> line.startsWith("ERROR forged"));
	}

	@Test
	void countsEventsThatNobodyListensTo() {
		SessionEvents sink = this.side.sink(this.side.listeners().on("known", (session) -> this.seen.add("x")).build(),
				"s");
		for (int i = 0; i < 100; i++) {
			this.side.send(sink, "unknown" + i, "payload");
		}
		this.side.send(sink, "known", "payload of any type");
		Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(1, 0, 100, 0, 0)));
		assertThat(this.seen).containsExactly("x");
	}

	@Test
	void failuresAreLoggedAndStopNeitherOtherListenersNorLaterEvents(CapturedOutput output) {
		EventListeners listeners = this.side.listeners().on("e", (session) -> {
			throw new IllegalStateException("broken one");
		}).on("e", (session) -> {
			throw new StackOverflowError("broken two");
		})
			.onReactive("e", Integer.class, (session, n) -> Mono.error(new IllegalStateException("broken three")))
			.onReactive("e", Integer.class, (session, n) -> {
				throw new IllegalStateException("broken four");
			})
			.onReactive("e", Integer.class, (session, n) -> Mono.just("x").map((x) -> {
				throw new IllegalStateException("broken five");
			}))
			.on("e", Integer.class, (session, n) -> this.seen.add(n))
			.build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", 1);
		this.side.send(sink, "e", 2);
		Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(2, 10, 0, 0, 0)));
		assertThat(this.seen).containsExactly(1, 2);
		assertThat(output.getOut()).contains("ERROR", "event 'e'", "broken one", "broken two", "broken three",
				"broken four", "broken five");
	}

	@Test
	void failureThatAnAgentOrdersOftenIsOneLine() {
		EventListeners listeners = this.side.listeners().on("e", (session) -> {
			throw new IllegalStateException("broken");
		}).build();
		try (LogLines lines = LogLines.of(Listener.class, Level.WARN)) {
			for (String session : List.of("s", "t")) {
				SessionEvents sink = this.side.sink(listeners, session);
				for (int i = 0; i < 100; i++) {
					this.side.send(sink, "e", null);
				}
				Await.untilAsserted(() -> assertThat(sink.counts().failed()).isEqualTo(100));
			}
			assertThat(lines.texts()).singleElement().asString().contains("event 'e'");
		}
	}

	@Test
	void listenersOfOneEventAreCalledOneAfterTheOther() {
		Sinks.Empty<Void> release = Sinks.empty();
		EventListeners listeners = this.side.listeners().onReactive("e", Integer.class, (session, n) -> {
			this.seen.add("first " + n);
			return release.asMono();
		})
			.on("e", Integer.class, (session, n) -> this.seen.add("second " + n))
			.on("e", (session) -> this.seen.add("third"))
			.build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", 1);
		this.side.send(sink, "e", 2);
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly("first 1"));
		release.tryEmitEmpty();
		Await.untilAsserted(() -> assertThat(this.seen).containsExactly("first 1", "second 1", "third", "first 2",
				"second 2", "third"));
	}

	@Test
	void endingTheSessionCancelsWhatRunsAndDropsWhatWaits() {
		TestPublisher<Object> work = TestPublisher.create();
		EventListeners listeners = this.side.listeners().onReactive("e", Integer.class, (session, n) -> {
			this.seen.add(n);
			return work.mono();
		}).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", 1);
		this.side.send(sink, "e", 2);
		Await.untilAsserted(work::assertSubscribers);
		sink.close();
		work.assertCancelled();
		this.side.send(sink, "e", 3);
		sink.close();
		afterLoop();
		assertThat(this.seen).containsExactly(1);
		assertThat(sink.counts()).isEqualTo(new EventCounts(0, 0, 0, 0, 0));
	}

	@Test
	void endingTheSessionLetsABlockingListenerFinishAndCallsNoOther() {
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		EventListeners listeners = this.side.listeners().on("e", (session) -> {
			entered.countDown();
			Await.until(release);
			this.seen.add(Thread.currentThread().isInterrupted() ? "interrupted" : "finished");
		}).on("e", (session) -> this.seen.add("other")).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", null);
		this.side.send(sink, "e", null);
		Await.until(entered);
		sink.close();
		release.countDown();
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(1));
		afterLoop();
		assertThat(this.seen).containsExactly("finished");
	}

	@Test
	void aRefusalOfTheExecutorDropsTheEventAndGoesOn(CapturedOutput output) {
		AtomicInteger tasks = new AtomicInteger();
		EventListeners listeners = EventListeners.builder().executor((task) -> {
			if (tasks.getAndIncrement() < 2) {
				throw new RejectedExecutionException("full");
			}
			task.run();
		}).on("e", Integer.class, (session, n) -> this.seen.add(n)).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		for (int i = 0; i < 4; i++) {
			this.side.send(sink, "e", i);
		}
		Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(2, 0, 0, 0, 2)));
		assertThat(this.seen).containsExactly(2, 3);
		assertThat(StringUtils.countOccurrencesOf(output.getOut(), "for which no thread is free")).isEqualTo(1);
	}

	@Test
	void anExecutorWithoutAnotherThreadDropsTheEventAndGoesOn() {
		AtomicInteger tasks = new AtomicInteger();
		EventListeners listeners = EventListeners.builder().executor((task) -> {
			switch (tasks.getAndIncrement()) {
				case 0 -> throw new OutOfMemoryError("unable to create native thread");
				case 1 -> throw new IllegalStateException("of a decorator");
				default -> task.run();
			}
		}).on("e", Integer.class, (session, n) -> this.seen.add(n)).build();
		SessionEvents sink = this.side.sink(listeners, "s");
		for (int i = 0; i < 4; i++) {
			this.side.send(sink, "e", i);
		}
		Await.untilAsserted(() -> assertThat(sink.counts()).isEqualTo(new EventCounts(2, 0, 0, 0, 2)));
		assertThat(this.seen).containsExactly(2, 3);
	}

	@Test
	void anEventThatIsRefusedAfterItHasWaitedIsDroppedOnce() {
		List<Runnable> waiting = new CopyOnWriteArrayList<>();
		EventListeners listeners = EventListeners.builder()
			.executor(waiting::add)
			.on("e", Integer.class, (session, n) -> this.seen.add(n))
			.build();
		SessionEvents sink = this.side.sink(listeners, "s");
		this.side.send(sink, "e", 1);
		this.side.send(sink, "e", 2);
		Await.until(() -> waiting.size() == 1);
		RefusableTask first = (RefusableTask) waiting.get(0);
		first.refused(new RejectedExecutionException("full"));
		first.refused(new RejectedExecutionException("full"));
		Await.until(() -> waiting.size() == 2);
		waiting.get(1).run();
		assertThat(this.seen).containsExactly(2);
		assertThat(sink.counts()).isEqualTo(new EventCounts(1, 0, 0, 0, 1));
	}

	@Test
	void manyWaitingEventsDoNotGrowTheStack() {
		CompletableFuture<Void> first = new CompletableFuture<>();
		AtomicInteger deepest = new AtomicInteger();
		EventListeners listeners = EventListeners.builder()
			.executor(Runnable::run)
			.queueSize(20_000)
			.onReactive("e", Integer.class, (session, n) -> {
				deepest.accumulateAndGet(new Throwable().getStackTrace().length, Math::max);
				this.seenOnce(n);
				return (n == 0) ? Mono.fromFuture(first) : Mono.empty();
			})
			.on("e", (session) -> {
			})
			.build();
		SessionEvents sink = listeners.sinkFor(new StubSession("s"), this.side.codec(), Runnable::run);
		IntStream.range(0, 20_000).forEach((n) -> sink.event("e", this.side.codec().encode(n)));
		first.complete(null);
		assertThat(sink.counts().delivered()).isEqualTo(40_000);
		assertThat(deepest.get()).isLessThan(300);
		assertThat(this.last).isEqualTo(19_999);
	}

	private int last = -1;

	private void seenOnce(int n) {
		assertThat(n).isEqualTo(this.last + 1);
		this.last = n;
	}

	@Test
	void eventsSentByManyThreadsAreAllDelivered() {
		EventListeners listeners = this.side.listeners()
			.queueSize(10_000)
			.on("a", Integer.class, (session, n) -> this.seen.add(n))
			.onReactive("b", Integer.class, (session, n) -> Mono.fromRunnable(() -> this.seen.add(n)))
			.build();
		SessionEvents sink = this.side.sink(listeners, "s");
		IntStream.range(0, 2000)
			.parallel()
			.forEach((n) -> sink.event((n % 2 == 0) ? "a" : "b", this.side.codec().encode(n)));
		Await.untilAsserted(() -> assertThat(sink.counts().delivered()).isEqualTo(2000));
		assertThat(this.seen).doesNotHaveDuplicates().hasSize(2000);
	}

	private void afterLoop() {
		CompletableFuture<Void> passed = new CompletableFuture<>();
		this.side.loop().execute(() -> passed.complete(null));
		assertThat(passed).succeedsWithin(LIMIT);
	}

	record Place(int x, int y) {

	}

}
