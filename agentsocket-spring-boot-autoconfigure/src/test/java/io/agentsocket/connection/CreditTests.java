package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import static org.assertj.core.api.Assertions.assertThat;

class CreditTests {

	private static final Duration TIMEOUT = Await.LONG;

	@Test
	void producerIsNeverAskedForMoreThanTheConsumerWants() {
		Pair pair = new Pair().connect();
		AtomicInteger requested = new AtomicInteger();
		pair.serverActions.items("numbers",
				(exchange) -> Flux.range(1, 1000).doOnRequest((n) -> requested.addAndGet((int) n)));
		StepVerifier.create(pair.client.invoke("numbers").toFlux(Integer.class), 0)
			.thenRequest(1)
			.then(pair::settle)
			.expectNext(1)
			.then(() -> assertThat(requested).hasValue(1))
			.thenRequest(2)
			.then(pair::settle)
			.expectNext(2, 3)
			.then(() -> assertThat(requested).hasValue(3))
			.thenRequest(40)
			.then(pair::settle)
			.expectNextCount(40)
			.then(() -> assertThat(requested).hasValue(43))
			.thenRequest(Long.MAX_VALUE)
			.then(pair::settle)
			.expectNextCount(957)
			.expectComplete()
			.verify(TIMEOUT);
		pair.assertClean();
	}

	@Test
	void unboundedDemandHasNoCreditOnTheWire() {
		RawPeer raw = RawPeer.ofClient();
		raw.peer.invoke("a").toFlux(String.class).subscribe();
		raw.peer.invoke("b").toMono(String.class).subscribe();
		raw.settle();
		assertThat(raw.frames()).hasSize(2).allSatisfy((frame) -> assertThat(frame.metadata().isEmpty()).isTrue());
	}

	@Test
	void demandBeyondTheCountersIsUnbounded() {
		RawPeer raw = RawPeer.ofClient();
		raw.peer.invoke("a").toFlux(String.class).subscribe(new Requesting(Long.MAX_VALUE - 1));
		raw.settle();
		assertThat(raw.only(Frame.Invoke.class).metadata().isEmpty()).isTrue();
	}

	@Test
	void demandBecomesInitialCreditAndCredit() {
		RawPeer raw = RawPeer.ofClient();
		Requesting subscriber = new Requesting(3);
		raw.peer.invoke("a").toFlux(String.class).subscribe(subscriber);
		raw.settle();
		Frame.Invoke invoke = raw.only(Frame.Invoke.class);
		assertThat(raw.codec.decodeMetadata(invoke.metadata()).credit()).isEqualTo(3);
		raw.peer.execute(() -> {
			subscriber.request(2);
			subscriber.request(5);
		});
		raw.settle();
		assertThat(raw.only(Frame.Credit.class).items()).isEqualTo(7);
		subscriber.request(Long.MAX_VALUE);
		raw.settle();
		assertThat(raw.only(Frame.Credit.class).items()).isEqualTo(Varint.MAX_COUNTER - 10);
		subscriber.request(1);
		raw.settle();
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void calleeThatExceedsItsCreditLosesTheStream() {
		RawPeer raw = RawPeer.ofClient();
		Requesting subscriber = new Requesting(1);
		raw.peer.invoke("a").toFlux(String.class).subscribe(subscriber);
		raw.settle();
		raw.frames();
		raw.send(RawPeer.text(1, "a", false), RawPeer.text(1, "b", false));
		raw.assertError(1, ErrorCode.RESOURCE_EXHAUSTED.code());
		assertThat(subscriber.items).containsExactly("a");
		assertThat(((ActionException) subscriber.error).errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void emptyEndCostsNoCredit() {
		RawPeer raw = RawPeer.ofClient();
		Requesting subscriber = new Requesting(1);
		raw.peer.invoke("a").toFlux(String.class).subscribe(subscriber);
		raw.settle();
		raw.send(RawPeer.text(1, "a", false), RawPeer.end(1));
		assertThat(subscriber.completed).isTrue();
	}

	@Test
	void creditBeyondTheCountersIsAProtocolError() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.items("never", (exchange) -> Flux.never());
		Bytes metadata = raw.codec.encodeMetadata(new Metadata(0, -1, null, null, 1, null, null, null, 0));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("never"), metadata, Bytes.EMPTY));
		raw.send(new Frame.Credit(1, Varint.MAX_COUNTER - 1));
		raw.assertClosed(0);
		raw.send(new Frame.Credit(1, 1));
		raw.assertClosed(4500);
	}

	@Test
	void producerThatIgnoresDemandFailsInsteadOfExceedingTheCredit() {
		RawPeer raw = RawPeer.ofServer();
		TestPublisher<Integer> reckless = TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
		raw.actions.items("reckless", (exchange) -> reckless);
		Bytes metadata = raw.codec.encodeMetadata(new Metadata(0, -1, null, null, 2, null, null, null, 0));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("reckless"), metadata, Bytes.EMPTY));
		reckless.next(1, 2, 3);
		raw.settle();
		List<Frame> frames = raw.frames();
		assertThat(frames).hasSize(3);
		assertThat(((Frame.Error) frames.get(2)).code()).isEqualTo(ErrorCode.INTERNAL.code());
		reckless.assertCancelled();
	}

	@Test
	void callerSendsItemsWithinItsCreditAndGetsMore() {
		Pair pair = new Pair().connect();
		pair.serverActions.taking("sum", ResultShape.VALUE,
				(exchange) -> exchange.inbound(Integer.class).reduce(0, Integer::sum));
		StepVerifier.create(pair.client.invoke("sum").items(Flux.range(1, 1000)).toMono(Integer.class))
			.then(pair::settle)
			.expectNext(500_500)
			.expectComplete()
			.verify(TIMEOUT);
		pair.assertClean();
	}

	@Test
	void callerIsNotAskedForMoreThanTheInitialCreditWhenNobodyReads() {
		Pair pair = new Pair().connect();
		AtomicInteger requested = new AtomicInteger();
		pair.serverActions.taking("deaf", ResultShape.VALUE, (exchange) -> Mono.never());
		reactor.core.Disposable call = pair.client.invoke("deaf")
			.items(Flux.range(1, 1000).doOnRequest((n) -> requested.addAndGet((int) n)))
			.toMono(Void.class)
			.subscribe();
		pair.settle();
		assertThat(requested).hasValue(Limits.SERVER.items());
		call.dispose();
		pair.settle();
		pair.assertClean();
	}

	@Test
	void callerThatMayNotSendAtFirstIsGrantedItemsOnceSomebodyReads() {
		Limits none = new Limits(64 << 10, 16 << 10, 1 << 20, 4 << 20, 1024, 0, 64 << 10, 1024, 128, 4096, 32);
		Pair pair = new Pair(Limits.CLIENT, none).connect();
		pair.serverActions.taking("count", ResultShape.VALUE, (exchange) -> exchange.inbound(Integer.class).count());
		StepVerifier.create(pair.client.invoke("count").items(Flux.range(1, 100)).toMono(Integer.class))
			.then(pair::settle)
			.expectNext(100)
			.expectComplete()
			.verify(TIMEOUT);
		pair.assertClean();
	}

	@Test
	void callerThatExceedsItsCreditLosesTheStream() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("deaf", ResultShape.VALUE, (exchange) -> Mono.never());
		raw.send(RawPeer.invokeOpen(1, "deaf"));
		for (int i = 0; i < Limits.SERVER.items(); i++) {
			raw.send(RawPeer.text(1, "a", false));
		}
		assertThat(raw.frames()).isEmpty();
		raw.send(RawPeer.text(1, "one too many", false));
		raw.assertError(1, ErrorCode.RESOURCE_EXHAUSTED.code());
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void callerThatExceedsAFurtherCreditLosesTheStream() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("half", ResultShape.VALUE,
				(exchange) -> Flux.from(exchange.inbound(String.class))
					.concatMap((item) -> Mono.just(item), 0)
					.take(16)
					.then(Mono.never()));
		raw.send(RawPeer.invokeOpen(1, "half"));
		for (int i = 0; i < 16; i++) {
			raw.send(RawPeer.text(1, "a", false));
		}
		assertThat(raw.only(Frame.Credit.class).items()).isEqualTo(16);
		for (int i = 0; i < 32; i++) {
			raw.send(RawPeer.text(1, "a", false));
		}
		assertThat(raw.frames()).isEmpty();
		raw.send(RawPeer.text(1, "one too many", false));
		raw.assertError(1, ErrorCode.RESOURCE_EXHAUSTED.code());
	}

	@Test
	void creditToTheCallerIsMergedWhileItCannotBeSent() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("sink", ResultShape.VALUE, (exchange) -> exchange.inbound(String.class).then());
		raw.send(RawPeer.invokeOpen(1, "sink"));
		raw.frames();
		raw.transport.writable = false;
		for (int i = 0; i < 160; i++) {
			raw.send(RawPeer.text(1, "a", false));
		}
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.only(Frame.Credit.class).items()).isEqualTo(160);
	}

	@Test
	void itemsBeyondTheMemoryOfASessionEndTheirStream() {
		Limits small = new Limits(64 << 10, 16 << 10, 16 << 10, 32 << 10, 1024, 32, 64 << 10, 1024, 128, 4096, 32);
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER, small, Pair.CBOR).attach();
		raw.actions.taking("deaf", ResultShape.VALUE, (exchange) -> Mono.never());
		raw.send(RawPeer.invokeOpen(1, "deaf"), RawPeer.invokeOpen(3, "deaf"));
		String large = "x".repeat(15_000);
		raw.send(RawPeer.text(1, large, false)).send(RawPeer.text(3, large, false));
		assertThat(raw.frames()).isEmpty();
		raw.send(RawPeer.text(1, large, false));
		raw.assertError(1, ErrorCode.RESOURCE_EXHAUSTED.code());
		raw.send(RawPeer.text(3, large, false));
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void consumerThatStopsReadingDropsWhatIsBuffered() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("first", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).take(1).then(Mono.never()));
		raw.send(RawPeer.invokeOpen(1, "first"));
		raw.send(RawPeer.text(1, "a", false), RawPeer.text(1, "b", false), RawPeer.text(1, "c", true));
		assertThat(TestPeers.backlog(raw.peer)).isZero();
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void itemsCanBeSubscribedToOnce() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("twice", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).then(exchange.inbound(String.class).then()));
		raw.send(RawPeer.invokeOpen(1, "twice"), RawPeer.end(1));
		assertThat(raw.only(Frame.Error.class).code()).isEqualTo(ErrorCode.INTERNAL.code());
	}

	@Test
	void itemThatDoesNotFitIsAnInvalidArgument() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("numbers", ResultShape.VALUE, (exchange) -> exchange.inbound(Integer.class).then());
		raw.send(RawPeer.invokeOpen(1, "numbers"), raw.data(1, "not a number", false));
		raw.assertError(1, ErrorCode.INVALID_ARGUMENT.code());
	}

	@Test
	void itemThatDoesNotFitIsAnErrorAlsoWhenTheCallerHasSentAll() {
		RawPeer raw = RawPeer.ofServer();
		Sinks.Empty<Void> reading = Sinks.empty();
		raw.actions.taking("sum", ResultShape.VALUE,
				(exchange) -> exchange.inbound(Integer.class)
					.delaySubscription(reading.asMono())
					.reduce(0, Integer::sum));
		raw.send(RawPeer.invokeOpen(1, "sum"), raw.data(1, 1, false), raw.data(1, "not a number", false),
				raw.data(1, 3, true));
		assertThat(raw.frames()).isEmpty();
		reading.tryEmitEmpty();
		raw.settle();
		raw.assertError(1, ErrorCode.INVALID_ARGUMENT.code());
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void itemThatTheActionDoesNotTakeIsAnErrorAlsoWhenTheCallerHasSentAll() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("single", ResultShape.VALUE,
				(exchange) -> exchange.inbound(Integer.class)
					.concatMap((n) -> Mono.just(6 / n), 1)
					.reduce(0, Integer::sum));
		raw.send(RawPeer.invokeOpen(1, "single"), raw.data(1, 1, false), raw.data(1, 0, false), raw.data(1, 3, true));
		raw.assertError(1, ErrorCode.INTERNAL.code());
	}

	@Test
	void callerStopsSendingWhenTheCalleeHasEnded() {
		Pair pair = new Pair().connect();
		TestPublisher<String> items = TestPublisher.create();
		pair.serverActions.taking("brief", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).next().map((first) -> "got " + first));
		StepVerifier.create(pair.client.invoke("brief").items(items).toMono(String.class))
			.then(pair::settle)
			.then(() -> items.next("a"))
			.then(pair::settle)
			.expectNext("got a")
			.expectComplete()
			.verify(TIMEOUT);
		items.assertCancelled();
		pair.assertClean();
	}

	@Test
	void failureOfTheCallersItemsEndsTheInvocation() {
		Pair pair = new Pair().connect();
		pair.serverActions.taking("sink", ResultShape.VALUE, (exchange) -> exchange.inbound(String.class).then());
		StepVerifier
			.create(pair.client.invoke("sink")
				.items(Flux.concat(Flux.just("a"), Flux.error(new IllegalStateException("mine"))))
				.toMono(Void.class))
			.then(pair::settle)
			.expectErrorMessage("mine")
			.verify(TIMEOUT);
		pair.settle();
		pair.assertClean();
	}

	private static final class Requesting extends BaseSubscriber<String> {

		private final long initial;

		final List<String> items = new ArrayList<>();

		volatile Throwable error;

		volatile boolean completed;

		Requesting(long initial) {
			this.initial = initial;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			request(this.initial);
		}

		@Override
		protected void hookOnNext(String value) {
			this.items.add(value);
		}

		@Override
		protected void hookOnError(Throwable throwable) {
			this.error = throwable;
		}

		@Override
		protected void hookOnComplete() {
			this.completed = true;
		}

	}

}
