package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Errors of the JVM in an operator on a thread of a scheduler, which Reactor throws and
 * does not signal.
 */
class UnsignalledErrorTests {

	private static int deep(int n) {
		return deep(n + 1) + 1;
	}

	private static Stream<Function<CountDownLatch, Publisher<?>>> publishers() {
		return Stream.of(
				(thrown) -> Mono.fromCallable(() -> 1)
					.subscribeOn(Schedulers.boundedElastic())
					.map((n) -> overflow(thrown)),
				(thrown) -> Mono.just(1).publishOn(Schedulers.parallel()).map((n) -> overflow(thrown)),
				(thrown) -> Mono.delay(Duration.ofMillis(1)).map((n) -> overflow(thrown)),
				(thrown) -> Mono.just(1)
					.publishOn(Schedulers.parallel())
					.publishOn(Schedulers.boundedElastic())
					.flatMap((n) -> Mono.delay(Duration.ofMillis(1)))
					.filter((n) -> overflow(thrown) > 0),
				(thrown) -> Flux.range(0, 100)
					.publishOn(Schedulers.single())
					.map((n) -> (n < 3) ? n : overflow(thrown)),
				(thrown) -> Mono.just(1).publishOn(Schedulers.parallel()).map((n) -> {
					thrown.countDown();
					throw new NoClassDefFoundError("gone");
				}));
	}

	private static int overflow(CountDownLatch thrown) {
		thrown.countDown();
		return deep(0);
	}

	@ParameterizedTest
	@MethodSource("publishers")
	void endsTheInvocationAtOnce(Function<CountDownLatch, Publisher<?>> publisher) {
		RawPeer raw = RawPeer.ofServer();
		CountDownLatch thrown = new CountDownLatch(1);
		raw.actions.items("tool", (exchange) -> publisher.apply(thrown));
		raw.send(RawPeer.invoke(1, "tool"));
		List<Frame> frames = new ArrayList<>();
		Await.until(thrown);
		// The error is on its way from that thread to the loop.
		Await.until(() -> {
			raw.settle();
			frames.addAll(raw.frames());
			return frames.stream().anyMatch(Frame.Error.class::isInstance);
		});
		Frame.Error error = (Frame.Error) frames.get(frames.size() - 1);
		assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL.code());
		assertThat(error.mayHaveRun()).isTrue();
	}

	@Test
	void itemsOfACallerThatFailInThatWayEndTheCall() {
		RawPeer raw = RawPeer.ofClient();
		CountDownLatch thrown = new CountDownLatch(1);
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a")
			.items(Flux.just(1).publishOn(Schedulers.parallel()).map((n) -> overflow(thrown)))
			.toMono(String.class)
			.subscribe(null, errors::add);
		Await.until(() -> {
			raw.settle();
			return !errors.isEmpty();
		});
		assertThat(errors).singleElement().isInstanceOf(StackOverflowError.class);
	}

	@Test
	void taskThatNobodyWaitsForDoesNotEndTheInvocation() {
		RawPeer raw = RawPeer.ofServer();
		Sinks.One<String> result = Sinks.one();
		raw.actions.value("tool", (exchange) -> {
			Schedulers.single().schedule(() -> {
				throw new ActionException(300, "nobody waits for it");
			});
			return result.asMono();
		});
		raw.send(RawPeer.invoke(1, "tool"));
		// It has a single thread, on which the other task is over when this one begins.
		CountDownLatch over = new CountDownLatch(1);
		Schedulers.single().schedule(over::countDown);
		Await.until(over);
		raw.settle();
		assertThat(raw.frames()).isEmpty();
		result.tryEmitValue("done");
		raw.settle();
		assertThat(raw.only(Frame.Item.class).end()).isTrue();
	}

}
