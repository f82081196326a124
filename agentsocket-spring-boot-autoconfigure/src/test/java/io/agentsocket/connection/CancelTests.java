package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Varint;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.PublisherProbe;
import reactor.test.publisher.TestPublisher;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Interrupts, deadlines and nested invocations.
 */
class CancelTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static Bytes metadata(RawPeer raw, int parent, long deadline, int depth) {
		return raw.codec.encodeMetadata(new Metadata(parent, deadline, null, null, -1, null, null, null, depth));
	}

	@Test
	void cancelStopsTheActionAndGetsOneTerminalFrame() {
		Pair pair = new Pair().connect();
		PublisherProbe<String> work = PublisherProbe.of(Mono.never());
		pair.serverActions.value("work", (exchange) -> work.mono());
		Disposable call = pair.client.invoke("work").toMono(String.class).subscribe();
		pair.settle();
		work.assertWasSubscribed();
		call.dispose();
		pair.settle();
		work.assertWasCancelled();
		pair.assertClean();
	}

	@Test
	void interruptIsAnsweredWithCancelledExactlyOnce() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("work", (exchange) -> Mono.never());
		Frame.Interrupt interrupt = new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, "");
		raw.send(RawPeer.invoke(1, "work"));
		raw.send(interrupt).send(interrupt);
		raw.assertError(1, ErrorCode.CANCELLED.code());
	}

	@Test
	void interruptThatCrossesTheEndIsIgnored() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("work", (exchange) -> Mono.just("done"));
		raw.send(RawPeer.invoke(1, "work"), new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		raw.only(Frame.Item.class);
	}

	@Test
	void cancelledCallSendsOneInterruptAndIgnoresWhatCrosses() {
		RawPeer raw = RawPeer.ofClient();
		List<Object> signals = new ArrayList<>();
		Disposable call = raw.peer.invoke("a")
			.toFlux(String.class)
			.subscribe(signals::add, signals::add, () -> signals.add("completed"));
		raw.settle();
		raw.frames();
		call.dispose();
		call.dispose();
		raw.settle();
		assertThat(raw.only(Frame.Interrupt.class).mode()).isZero();
		assertThat(TestPeers.openStreams(raw.peer)).isEqualTo(1);
		raw.send(RawPeer.text(1, "late", false), RawPeer.text(1, "later", true));
		assertThat(signals).isEmpty();
		assertThat(raw.frames()).isEmpty();
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void cancelBeforeTheInvokeWasSentSendsNothing() {
		RawPeer raw = RawPeer.ofClient();
		raw.transport.writable = false;
		Disposable call = raw.peer.invoke("a").toMono(String.class).subscribe();
		raw.settle();
		call.dispose();
		raw.settle();
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.frames()).isEmpty();
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void cancelWhilePartsAreSentEndsThemWithAnError() {
		RawPeer raw = RawPeer.ofClient();
		Disposable call = raw.peer.invoke("a").arguments("x".repeat(400_000)).toMono(String.class).subscribe();
		raw.settle();
		assertThat(raw.frames()).isNotEmpty().allMatch((frame) -> frame instanceof Frame.Part);
		call.dispose();
		raw.settle();
		// The window is full but for what is kept for such frames.
		raw.assertError(1, ErrorCode.CANCELLED.code());
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void callerWhosePartsAreRefusedTellsThatNoInvokeFollows() {
		RawPeer raw = RawPeer.ofClient();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		raw.peer.invoke("a").arguments("x".repeat(400_000)).toMono(String.class).subscribe((value) -> {
		}, failure::set);
		raw.settle();
		raw.frames();
		raw.send(new Frame.Error(1, 36, false, false, Bytes.EMPTY, "no"));
		assertThat(((ActionException) failure.get()).code()).isEqualTo(36);
		raw.assertError(1, ErrorCode.CANCELLED.code());
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void cancelledStreamDropsItsQueuedItems() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat", (exchange) -> Flux.range(1, 500).map((n) -> "token").concatWith(Flux.never()));
		raw.transport.writable = false;
		raw.send(RawPeer.invoke(1, "chat"));
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		raw.assertError(1, ErrorCode.CANCELLED.code());
		assertThat(TestPeers.queued(raw.peer)).isZero();
	}

	@Test
	void failedStreamDeliversItsQueuedItemsFirst() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat",
				(exchange) -> Flux.just("a", "b").concatWith(Flux.error(new ActionException(300, "no"))));
		raw.transport.writable = false;
		raw.send(RawPeer.invoke(1, "chat"));
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.frames()).extracting(Frame::type)
			.containsExactly(FrameType.TEXT, FrameType.TEXT, FrameType.ERROR);
	}

	@Test
	void stopAfterStepKeepsWhatThereIs() {
		Pair pair = new Pair().connect();
		Sinks.Many<String> steps = Sinks.many().unicast().onBackpressureBuffer();
		AtomicReference<AgentExchange> running = new AtomicReference<>();
		pair.serverActions.text("write", (exchange) -> {
			running.set(exchange);
			return steps.asFlux().takeUntilOther(exchange.stopRequested());
		});
		Sinks.Empty<Void> stop = Sinks.empty();
		StepVerifier.create(pair.client.invoke("write").stopWhen(stop.asMono()).toFlux(String.class))
			.then(pair::settle)
			.then(() -> steps.tryEmitNext("one"))
			.then(pair::settle)
			.expectNext("one")
			.then(() -> assertThat(running.get().isStopRequested()).isFalse())
			.then(stop::tryEmitEmpty)
			.then(pair::settle)
			.then(() -> assertThat(running.get().isStopRequested()).isTrue())
			.expectComplete()
			.verify(TIMEOUT);
		pair.assertClean();
	}

	@Test
	void stopSignalSendsOneInterruptWhateverItIs() {
		for (Flux<String> signal : List.of(Flux.just("a", "b"), Flux.<String>empty(),
				Flux.<String>error(new IllegalStateException()), Flux.just("a").concatWith(Flux.never()))) {
			RawPeer raw = RawPeer.ofClient();
			raw.peer.invoke("a").stopWhen(signal).toMono(String.class).subscribe();
			raw.settle();
			List<Frame> frames = raw.frames();
			assertThat(frames).hasSize(2);
			assertThat(((Frame.Interrupt) frames.get(1)).mode()).isEqualTo(Frame.Interrupt.AFTER_STEP);
		}
	}

	@Test
	void stopSignalIsCancelledWithTheCall() {
		RawPeer raw = RawPeer.ofClient();
		TestPublisher<String> signal = TestPublisher.create();
		Disposable call = raw.peer.invoke("a").stopWhen(signal).toMono(String.class).subscribe();
		raw.settle();
		signal.assertSubscribers(1);
		call.dispose();
		raw.settle();
		signal.assertNoSubscribers();
	}

	@Test
	void stopRequestedCompletesWhenTheInvocationEnds() {
		RawPeer raw = RawPeer.ofServer();
		AtomicReference<String> seen = new AtomicReference<>();
		raw.actions.value("work", (exchange) -> {
			exchange.stopRequested().subscribe(null, null, () -> seen.set("stopped"));
			return Mono.never();
		});
		raw.send(RawPeer.invoke(1, "work"));
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		assertThat(seen).hasValue("stopped");
	}

	@Test
	void deadlineEndsBothSidesWithOneSignalEach() {
		Pair pair = new Pair().connect();
		PublisherProbe<String> work = PublisherProbe.of(Mono.never());
		List<Throwable> errors = new ArrayList<>();
		pair.serverActions.value("work", (exchange) -> {
			assertThat(exchange.deadline()).isPresent();
			return work.mono();
		});
		pair.client.invoke("work").timeout(Duration.ofSeconds(3)).toMono(String.class).subscribe((value) -> {
		}, errors::add);
		pair.advance(Duration.ofMillis(2999));
		assertThat(errors).isEmpty();
		pair.advance(Duration.ofMillis(10));
		assertThat(errors).hasSize(1);
		assertThat(((ActionException) errors.get(0)).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		work.assertWasCancelled();
		pair.assertClean();
	}

	@Test
	void calleeEndsWhenTheDeadlinePassesAndDropsWhatIsQueued() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("work", (exchange) -> Flux.just("a").concatWith(Flux.never()));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("work"), metadata(raw, 0, 1500, 0), Bytes.EMPTY));
		raw.frames();
		raw.advance(Duration.ofMillis(1500));
		raw.assertError(1, ErrorCode.DEADLINE_EXCEEDED.code());
	}

	@Test
	void passedDeadlineRunsNothing() {
		RawPeer raw = RawPeer.ofServer();
		PublisherProbe<String> work = PublisherProbe.empty();
		raw.actions.value("work", (exchange) -> work.mono());
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("work"), metadata(raw, 0, 0, 0), Bytes.EMPTY));
		raw.assertError(1, ErrorCode.DEADLINE_EXCEEDED.code());
		work.assertWasNotSubscribed();
	}

	@Test
	void deadlinesBeyondAllTimersAreDeadlinesAllTheSame() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("work", (exchange) -> Mono.just("done"));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("work"), metadata(raw, 0, Varint.MAX_COUNTER, 0),
				Bytes.EMPTY));
		raw.only(Frame.Item.class);
		Pair pair = new Pair().connect();
		pair.serverActions.value("work", (exchange) -> Mono.just("done"));
		StepVerifier.create(pair.client.invoke("work").timeout(Duration.ofSeconds(Long.MAX_VALUE)).toMono(String.class))
			.then(pair::settle)
			.expectNext("done")
			.expectComplete()
			.verify(TIMEOUT);
		pair.assertClean();
	}

	@Test
	void timeoutOfTheActionIsTheDeadlineWhenItIsEarlier() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.add("work", ResultShape.VALUE, false,
				new ActionHints(false, false, false, false, false, Duration.ofSeconds(1)), (exchange) -> Mono.never());
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("work"), metadata(raw, 0, 60_000, 0), Bytes.EMPTY));
		raw.frames();
		raw.advance(Duration.ofSeconds(1));
		raw.assertError(1, ErrorCode.DEADLINE_EXCEEDED.code());
	}

	@Test
	void nestedInvocationNamesItsParentAndIsCancelledWithIt() {
		RawPeer raw = RawPeer.ofServer();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		raw.actions.value("work", (exchange) -> exchange.invoke("ask").toMono(String.class).doOnError(failure::set));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("work"), metadata(raw, 0, 5000, 2), Bytes.EMPTY));
		Frame.Invoke nested = raw.only(Frame.Invoke.class);
		Metadata metadata = raw.codec.decodeMetadata(nested.metadata());
		assertThat(nested.streamId()).isEqualTo(2);
		assertThat(metadata.parent()).isEqualTo(1);
		assertThat(metadata.depth()).isEqualTo(3);
		assertThat(metadata.deadline()).isEqualTo(5000);
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		assertThat(raw.frames()).extracting(Frame::type)
			.containsExactlyInAnyOrder(FrameType.ERROR, FrameType.INTERRUPT);
		raw.send(new Frame.Error(2, 1, false, false, Bytes.EMPTY, ""));
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void nestedInvocationEndsWhenItsParentHasEndedRegularly() {
		RawPeer raw = RawPeer.ofServer();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		raw.actions.value("work", (exchange) -> {
			exchange.invoke("forgotten").toMono(String.class).subscribe((value) -> {
			}, failure::set);
			return Mono.just("done");
		});
		raw.send(RawPeer.invoke(1, "work"));
		assertThat(((ActionException) failure.get()).errorCode()).isEqualTo(ErrorCode.CANCELLED);
		raw.send(new Frame.Error(2, 1, false, false, Bytes.EMPTY, ""));
		assertThat(TestPeers.openStreams(raw.peer)).isZero();
	}

	@Test
	void nestedInvocationOfAnEndedOneFailsAtOnce() {
		RawPeer raw = RawPeer.ofServer();
		AtomicReference<AgentExchange> kept = new AtomicReference<>();
		raw.actions.value("work", (exchange) -> {
			kept.set(exchange);
			return Mono.just("done");
		});
		raw.send(RawPeer.invoke(1, "work"));
		raw.frames();
		StepVerifier.create(kept.get().invoke("late").toMono(String.class))
			.then(raw::settle)
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.CANCELLED))
			.verify(TIMEOUT);
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void shorterTimeoutOfANestedInvocationCounts() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("short",
				(exchange) -> exchange.invoke("a").timeout(Duration.ofSeconds(1)).toMono(String.class));
		raw.actions.value("long",
				(exchange) -> exchange.invoke("a").timeout(Duration.ofSeconds(100)).toMono(String.class));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.name("short"), metadata(raw, 0, 5000, 0), Bytes.EMPTY));
		assertThat(raw.codec.decodeMetadata(raw.only(Frame.Invoke.class).metadata()).deadline()).isEqualTo(1000);
		raw.send(new Frame.Invoke(3, true, Frame.Ref.name("long"), metadata(raw, 0, 5000, 0), Bytes.EMPTY));
		assertThat(raw.codec.decodeMetadata(raw.only(Frame.Invoke.class).metadata()).deadline()).isEqualTo(5000);
	}

	@Test
	void invocationsNestEightDeepAndNoDeeper() {
		Pair pair = new Pair().connect();
		AtomicReference<Integer> depth = new AtomicReference<>(0);
		ActionHandler down = (exchange) -> {
			depth.updateAndGet((n) -> n + 1);
			return exchange.invoke("down")
				.toMono(String.class)
				.onErrorMap(ActionException.class, ActionException::asOwn);
		};
		pair.serverActions.value("down", down);
		pair.clientActions.value("down", down);
		StepVerifier.create(pair.client.invoke("down").toMono(String.class))
			.then(pair::settle)
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).errorCode())
				.isEqualTo(ErrorCode.FAILED_PRECONDITION))
			.verify(TIMEOUT);
		assertThat(depth).hasValue(9);
		pair.assertClean();
	}

	@Test
	void subscriberThatCancelsInASignalGetsNoFurtherOne() {
		Pair pair = new Pair().connect();
		pair.serverActions.items("numbers", (exchange) -> Flux.range(1, 100));
		StepVerifier.create(pair.client.invoke("numbers").toFlux(Integer.class).take(3))
			.then(pair::settle)
			.expectNext(1, 2, 3)
			.expectComplete()
			.verify(TIMEOUT);
		pair.settle();
		pair.assertClean();
	}

	@Test
	void publisherThatFailsToBeCancelledDoesNotKeepTheStream() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("stubborn", (exchange) -> (subscriber) -> subscriber.onSubscribe(new StubbornSubscription()));
		raw.send(RawPeer.invoke(1, "stubborn"));
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		raw.assertError(1, ErrorCode.CANCELLED.code());
	}

	private static final class StubbornSubscription implements org.reactivestreams.Subscription {

		@Override
		public void request(long n) {
		}

		@Override
		public void cancel() {
			throw new IllegalStateException("will not");
		}

	}

	@Test
	void progressIsReportedAndCoalesced() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("work", (exchange) -> {
			for (int i = 1; i <= 10; i++) {
				exchange.progress(i, 10.0, "step " + i);
			}
			return Mono.just("done");
		});
		List<Progress> reports = new ArrayList<>();
		StepVerifier.create(pair.client.invoke("work").onProgress(reports::add).toMono(String.class))
			.then(pair::settle)
			.expectNext("done")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(reports).containsExactly(new Progress(10, 10.0, "step 10"));
		pair.assertClean();
	}

	@Test
	void progressBehindTheLastItemIsNotBehindTheEnd() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("work",
				(exchange) -> Flux.just("a")
					.doOnNext((item) -> exchange.progress(1, null, "first"))
					.concatWith(Flux.<String>empty().doOnComplete(() -> exchange.progress(2, null, "second")))
					.doOnComplete(() -> {
					}));
		raw.actions.text("later", (exchange) -> Flux.concat(Flux.just("a"),
				Mono.<String>fromRunnable(() -> exchange.progress(1, null, "behind"))));
		raw.send(RawPeer.invoke(1, "later"));
		List<Frame> frames = raw.frames();
		assertThat(frames).hasSize(2);
		assertThat(frames.get(0).end()).isFalse();
		assertThat(frames.get(1).end()).isTrue();
		assertThat(frames.get(1).metadata().isEmpty()).isFalse();
		raw.send(RawPeer.invoke(3, "work"));
		assertThat(raw.frames()).extracting(Frame::end).containsExactly(false, true);
	}

	@Test
	void progressAfterTheEndIsDropped() {
		RawPeer raw = RawPeer.ofServer();
		AtomicReference<AgentExchange> kept = new AtomicReference<>();
		raw.actions.value("work", (exchange) -> {
			kept.set(exchange);
			return Mono.just("done");
		});
		raw.send(RawPeer.invoke(1, "work"));
		raw.frames();
		kept.get().progress(1, null, null);
		raw.settle();
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void progressOfACancelledCallIsNotReported() {
		RawPeer raw = RawPeer.ofClient();
		List<Progress> reports = new ArrayList<>();
		Disposable call = raw.peer.invoke("a").onProgress(reports::add).toMono(String.class).subscribe();
		raw.settle();
		Bytes metadata = raw.codec.encodeMetadata(Metadata.of(new Progress(1, null, null)));
		Frame.Item report = new Frame.Item(FrameType.DATA, 1, false, metadata, Bytes.EMPTY);
		raw.send(report);
		call.dispose();
		raw.send(report);
		assertThat(reports).hasSize(1);
	}

	@Test
	void listenerThatFailsEndsItsInvocationOnly() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("work", (exchange) -> {
			exchange.progress(1, null, null);
			return Mono.never();
		});
		StepVerifier.create(pair.client.invoke("work").onProgress((progress) -> {
			throw new IllegalStateException("mine");
		}).toMono(String.class)).then(pair::settle).expectErrorMessage("mine").verify(TIMEOUT);
		pair.settle();
		assertThat(pair.clientSide.closeCode).isZero();
		pair.assertClean();
	}

}
