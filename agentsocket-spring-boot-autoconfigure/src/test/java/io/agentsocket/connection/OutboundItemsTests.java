package io.agentsocket.connection;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Publishers of all manners.
 */
class OutboundItemsTests {

	private final RawPeer raw = RawPeer.ofServer();

	/** A publisher in the hands of the test. */
	private static final class Hand implements Subscription {

		private Subscriber<? super Object> subscriber;

		private long requested;

		private int cancelled;

		private LongConsumer onRequest = (n) -> {
		};

		Flux<Object> flux() {
			return Flux.from((subscriber) -> {
				this.subscriber = subscriber;
				subscriber.onSubscribe(this);
			});
		}

		@Override
		public void request(long n) {
			this.requested += n;
			this.onRequest.accept(n);
		}

		@Override
		public void cancel() {
			this.cancelled++;
		}

	}

	private static void onAnotherThread(Runnable task) throws InterruptedException {
		Thread thread = new Thread(task);
		thread.start();
		thread.join(Await.LONG.toMillis());
		assertThat(thread.isAlive()).isFalse();
	}

	private List<String> texts() {
		return this.raw.frames()
			.stream()
			.filter((frame) -> frame instanceof Frame.Item)
			.map((frame) -> ((Frame.Item) frame).body().toUtf8() + (frame.end() ? "." : ""))
			.toList();
	}

	@Test
	void signalOnAnotherThreadIsNotOvertakenByOneInTheLoop() {
		Hand hand = new Hand();
		this.raw.actions.text("hand", (exchange) -> hand.flux());
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.frames();
		this.raw.peer.execute(() -> {
			try {
				onAnotherThread(() -> hand.subscriber.onNext("first"));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			hand.subscriber.onNext("second");
			hand.subscriber.onComplete();
		});
		this.raw.settle();
		assertThat(texts()).containsExactly("first", "second.");
		TestPeers.assertClean(this.raw.peer);
	}

	@Test
	void neverMoreThanSixteenItemsAreUnderwayHoweverSmallTheyWere() {
		Hand hand = new Hand();
		this.raw.actions.text("hand", (exchange) -> hand.flux());
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.frames();
		for (int emitted = 0; emitted < 1000; emitted++) {
			assertThat(hand.requested - emitted).isBetween(1L, 16L);
			this.raw.peer.execute(() -> hand.subscriber.onNext("x"));
			this.raw.settle();
			this.raw.frames();
		}
	}

	@Test
	void eventsAndItemsKeepTheirOrderWhetherInTheLoopOrNot() {
		Hand hand = new Hand();
		AtomicReference<AgentExchange> running = new AtomicReference<>();
		this.raw.actions.text("hand", (exchange) -> {
			running.set(exchange);
			return hand.flux();
		});
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.frames();
		this.raw.peer.execute(() -> {
			try {
				onAnotherThread(() -> running.get().sendEvent("e", "one"));
				running.get().sendEvent("e", "two");
				hand.subscriber.onNext("three");
				onAnotherThread(() -> hand.subscriber.onNext("four"));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			running.get().sendEvent("e", "five");
			hand.subscriber.onNext("six");
			hand.subscriber.onComplete();
		});
		this.raw.settle();
		List<String> order = this.raw.frames().stream().map((frame) -> {
			if (frame instanceof Frame.Event event) {
				return Pair.CBOR.decode(event.payload(), String.class);
			}
			return (frame instanceof Frame.Item item) ? item.body().toUtf8() : "";
		}).filter((text) -> !text.isEmpty()).toList();
		assertThat(order).containsExactly("one", "two", "three", "four", "five", "six");
		TestPeers.assertClean(this.raw.peer);
	}

	@Test
	void completionInTheLoopDoesNotOvertakeAnItemOfAnotherThread() {
		Hand hand = new Hand();
		this.raw.actions.text("hand", (exchange) -> hand.flux());
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.peer.execute(() -> {
			try {
				onAnotherThread(() -> hand.subscriber.onNext("only"));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			hand.subscriber.onComplete();
		});
		this.raw.settle();
		assertThat(texts()).containsExactly("only.");
	}

	@Test
	void itemsEmittedWithinRequestDoNotRecurse() {
		Hand hand = new Hand();
		int[] emitted = { 0 };
		hand.onRequest = (n) -> {
			for (long i = 0; i < n; i++) {
				emitted[0]++;
				hand.subscriber.onNext("x".repeat(100));
			}
		};
		this.raw.actions.text("hand", (exchange) -> hand.flux());
		this.raw.send(RawPeer.invoke(1, "hand"));
		assertThat(this.raw.transport.closeCode).isZero();
		assertThat(emitted[0]).isGreaterThan(1000);
		assertThat(this.raw.frames()).isNotEmpty().allMatch((frame) -> frame.type() == FrameType.TEXT);
	}

	@Test
	void signalsAfterTheEndAreDropped() {
		Hand hand = new Hand();
		AtomicReference<Subscriber<? super Object>> direct = new AtomicReference<>();
		this.raw.actions.text("hand", (exchange) -> (subscriber) -> {
			direct.set(subscriber);
			subscriber.onSubscribe(hand);
		});
		this.raw.send(RawPeer.invoke(1, "hand"));
		direct.get().onNext("a");
		direct.get().onComplete();
		direct.get().onNext("b");
		direct.get().onError(new IllegalStateException());
		direct.get().onComplete();
		direct.get().onSubscribe(hand);
		this.raw.settle();
		assertThat(texts()).containsExactly("a.");
		assertThat(hand.cancelled).isEqualTo(1);
	}

	@Test
	void signalsAfterAnInterruptAreDropped() {
		AtomicReference<Subscriber<? super Object>> direct = new AtomicReference<>();
		Hand hand = new Hand();
		this.raw.actions.text("hand", (exchange) -> (subscriber) -> {
			direct.set(subscriber);
			subscriber.onSubscribe(hand);
		});
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.send(new Frame.Interrupt(1, 0, Bytes.EMPTY, ""));
		assertThat(hand.cancelled).isEqualTo(1);
		direct.get().onNext("a");
		direct.get().onError(new IllegalStateException());
		this.raw.settle();
		this.raw.assertError(1, ErrorCode.CANCELLED.code());
	}

	@Test
	void publisherThatEndsWithoutASubscriptionEndsTheStream() {
		this.raw.actions.text("complete", (exchange) -> Subscriber::onComplete);
		this.raw.actions.text("fail", (exchange) -> (subscriber) -> subscriber.onError(new IllegalStateException("x")));
		this.raw.send(RawPeer.invoke(1, "complete"));
		assertThat(this.raw.only(Frame.Item.class).end()).isTrue();
		this.raw.send(RawPeer.invoke(3, "fail"));
		this.raw.assertError(3, ErrorCode.INTERNAL.code());
	}

	@Test
	void secondSubscriptionIsCancelled() {
		Hand first = new Hand();
		Hand second = new Hand();
		this.raw.actions.text("twice", (exchange) -> (subscriber) -> {
			subscriber.onSubscribe(first);
			subscriber.onSubscribe(second);
		});
		this.raw.send(RawPeer.invoke(1, "twice"));
		assertThat(first.cancelled).isZero();
		assertThat(second.cancelled).isEqualTo(1);
		assertThat(second.requested).isZero();
	}

	@Test
	void nullAndForeignItemsFailTheStreamAndStopThePublisher() {
		Hand hand = new Hand();
		AtomicReference<Subscriber<? super Object>> direct = new AtomicReference<>();
		this.raw.actions.bytes("hand", (exchange) -> (subscriber) -> {
			direct.set(subscriber);
			subscriber.onSubscribe(hand);
		});
		this.raw.send(RawPeer.invoke(1, "hand"));
		direct.get().onNext("not bytes");
		this.raw.settle();
		this.raw.assertError(1, ErrorCode.INTERNAL.code());
		assertThat(hand.cancelled).isEqualTo(1);
	}

	@Test
	void requestThatThrowsFailsTheStream() {
		Hand hand = new Hand();
		hand.onRequest = (n) -> {
			throw new IllegalStateException("x");
		};
		this.raw.actions.add("hand", ResultShape.TEXT, false,
				(exchange) -> (subscriber) -> subscriber.onSubscribe(hand));
		this.raw.send(RawPeer.invoke(1, "hand"));
		this.raw.assertError(1, ErrorCode.INTERNAL.code());
		assertThat(hand.cancelled).isEqualTo(1);
	}

	@Test
	void fusedSourcesAreTakenAsTheyAre() {
		this.raw.actions.text("fused",
				(exchange) -> Flux.range(0, 40).map((n) -> "t" + n).publishOn(Schedulers.immediate()));
		this.raw.send(RawPeer.invoke(1, "fused"));
		assertThat(texts()).hasSize(40);
	}

	@Test
	void valueWaitsForItsCredit() {
		this.raw.actions.value("value", (exchange) -> Mono.just("done"));
		Bytes none = this.raw.codec.encodeMetadata(new Metadata(0, -1, null, null, 0, null, null, null, 0));
		this.raw.send(new Frame.Invoke(1, true, Frame.Ref.name("value"), none, Bytes.EMPTY));
		assertThat(this.raw.frames()).isEmpty();
		this.raw.send(new Frame.Credit(1, 1));
		assertThat(this.raw.only(Frame.Item.class).end()).isTrue();
		TestPeers.assertClean(this.raw.peer);
	}

	@Test
	void itemsOfACallerGoByTheirType() {
		RawPeer client = RawPeer.ofClient();
		client.peer.invoke("a").items(Flux.just("text", new byte[] { 1 }, List.of(1))).toMono(Void.class).subscribe();
		client.settle();
		List<Frame> frames = new ArrayList<>(client.frames());
		assertThat(frames).extracting(Frame::type)
			.containsExactly(FrameType.INVOKE, FrameType.TEXT, FrameType.BYTES, FrameType.DATA);
		assertThat(frames).extracting(Frame::end).containsExactly(false, false, false, true);
	}

	@Test
	void halfOfASurrogatePairGoesWithTheNextText() {
		this.raw.actions.text("text",
				(exchange) -> Flux.just("a\uD83D", "", "\uDE00b\uD83D", "\uDE00\uD83D", "\uDE00"));
		this.raw.send(RawPeer.invoke(1, "text"));
		assertThat(String.join("|", texts())).isEqualTo("a|\uD83D\uDE00b|\uD83D\uDE00|\uD83D\uDE00.");
		TestPeers.assertClean(this.raw.peer);
	}

	@Test
	void halfOfASurrogatePairAloneFailsTheStream() {
		int id = 1;
		for (List<String> pieces : List.of(List.of("a", "\uD83D"), List.of("a", "\uDE00"), List.of("a", "\uD83D", "b"),
				List.of("a", "b\uDE00c"))) {
			this.raw.actions.text("text" + id, (exchange) -> Flux.fromIterable(pieces));
			this.raw.send(RawPeer.invoke(id, "text" + id));
			Frame.Error error = (Frame.Error) this.raw.frames()
				.stream()
				.filter((frame) -> frame instanceof Frame.Error)
				.findFirst()
				.orElseThrow();
			assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL.code());
			id += 2;
		}
		TestPeers.assertClean(this.raw.peer);
	}

	@Test
	void halfOfASurrogatePairOfACallerFailsItsCall() {
		RawPeer client = RawPeer.ofClient();
		List<Throwable> failures = new ArrayList<>();
		for (Flux<?> items : List.of(Flux.just("\uD83D"), Flux.just("\uD83D", new byte[] { 1 }))) {
			client.peer.invoke("a").items(items).toMono(Void.class).subscribe((value) -> {
			}, failures::add);
		}
		client.settle();
		assertThat(failures).hasSize(2).allMatch((failure) -> failure.toString().contains("half of a surrogate pair"));
	}

	@Test
	void itemsAreWrittenAsDeclared() {
		this.raw.actions.add(Action.named("map")
			.resultType(ResolvableType.forClassWithGenerics(Map.class, Integer.class, Instant.class).getType())
			.handler((exchange) -> Mono.just(Map.of(7, Instant.EPOCH))));
		this.raw.send(RawPeer.invoke(1, "map"));
		assertThat(this.raw.codec.decodeMap(this.raw.only(Frame.Item.class).body()))
			.isEqualTo(Map.of("7", "1970-01-01T00:00:00Z"));
	}

	@Test
	void numberThatIsNotFiniteIsNoFaultOfTheCaller() {
		this.raw.actions.value("nan", (exchange) -> Mono.just(List.of(Double.NaN)));
		this.raw.send(RawPeer.invoke(1, "nan"));
		assertThat(this.raw.only(Frame.Error.class).code()).isEqualTo(ErrorCode.INTERNAL.code());
	}

	@Test
	void itemsArriveFromAnyThreadInOrder() throws Exception {
		CountDownLatch emitted = new CountDownLatch(1);
		this.raw.actions.items("async",
				(exchange) -> Flux.range(0, 1000)
					.publishOn(Schedulers.parallel(), 1)
					.doOnTerminate(emitted::countDown));
		this.raw.send(RawPeer.invoke(1, "async"));
		List<Integer> numbers = new ArrayList<>();
		AtomicLong received = new AtomicLong();
		Await.until(() -> {
			this.raw.settle();
			List<Frame> frames = this.raw.allFrames();
			long numbered = frames.stream().filter((frame) -> frame.type().isNumbered()).count();
			this.raw.send(RawPeer.ack(received.addAndGet(numbered)));
			for (Frame frame : frames) {
				if (frame instanceof Frame.Item item && !item.body().isEmpty()) {
					numbers.add(this.raw.codec.decode(item.body(), Integer.class));
				}
			}
			return numbers.size() >= 1000;
		});
		Await.until(emitted);
		assertThat(numbers).isEqualTo(java.util.stream.IntStream.range(0, 1000).boxed().toList());
	}

}
