package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Errors of the JVM in an operator on a thread of a scheduler, which Reactor throws and
 * does not signal. The tests wait for that thread in real time, for no longer than it
 * takes.
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
	@Timeout(20)
	void endsTheInvocationAtOnce(Function<CountDownLatch, Publisher<?>> publisher) throws Exception {
		RawPeer raw = RawPeer.ofServer();
		CountDownLatch thrown = new CountDownLatch(1);
		raw.actions.items("tool", (exchange) -> publisher.apply(thrown));
		raw.send(RawPeer.invoke(1, "tool"));
		List<Frame> frames = new ArrayList<>();
		while (frames.stream().noneMatch(Frame.Error.class::isInstance)) {
			assertThat(thrown.await(10, TimeUnit.SECONDS)).isTrue();
			raw.settle();
			frames.addAll(raw.frames());
			Thread.onSpinWait();
		}
		Frame.Error error = (Frame.Error) frames.get(frames.size() - 1);
		assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL.code());
		assertThat(error.mayHaveRun()).isTrue();
	}

	@Test
	@Timeout(20)
	void itemsOfACallerThatFailInThatWayEndTheCall() {
		RawPeer raw = RawPeer.ofClient();
		CountDownLatch thrown = new CountDownLatch(1);
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a")
			.items(Flux.just(1).publishOn(Schedulers.parallel()).map((n) -> overflow(thrown)))
			.toMono(String.class)
			.subscribe(null, errors::add);
		while (errors.isEmpty()) {
			raw.settle();
			Thread.onSpinWait();
		}
		assertThat(errors).singleElement().isInstanceOf(StackOverflowError.class);
	}

	@Test
	void taskThatNobodyWaitsForDoesNotEndTheInvocation() throws Exception {
		RawPeer raw = RawPeer.ofServer();
		CountDownLatch ran = new CountDownLatch(1);
		raw.actions.value("tool", (exchange) -> Mono.fromCallable(() -> {
			Schedulers.single().schedule(() -> {
				ran.countDown();
				throw new ActionException(300, "nobody waits for it");
			});
			return "done";
		}));
		raw.send(RawPeer.invoke(1, "tool"));
		assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
		raw.settle();
		assertThat(raw.only(Frame.Item.class).end()).isTrue();
	}

}
