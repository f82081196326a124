package io.agentsocket.session;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tasks of a session come one after the other, and none of them is the last one.
 */
class HeldSessionTests {

	private HeldSession<String> session = new HeldSession<>(Await.LONG);

	private final List<String> done = new CopyOnWriteArrayList<>();

	private <T> Mono<T> submit(Function<HeldSession<String>, Mono<T>> work) {
		return Mono
			.create((sink) -> this.session.submit(new HeldSession.Task<>(work, sink), () -> this.done.add("done")));
	}

	private void assertGoesOn() {
		assertThat(submit((held) -> Mono.just("next")).block(Await.LONG)).isEqualTo("next");
	}

	@Test
	void tasksComeOneAfterTheOther() {
		HeldSession<String> patient = new HeldSession<>(Await.LONG);
		Sinks.One<String> first = Sinks.one();
		List<String> order = new CopyOnWriteArrayList<>();
		patient.submit(new HeldSession.Task<>((held) -> first.asMono().doOnNext(order::add), null), () -> {
		});
		patient.submit(new HeldSession.Task<>((held) -> Mono.fromRunnable(() -> order.add("second")), null), () -> {
		});
		assertThat(order).isEmpty();
		first.tryEmitValue("first");
		assertThat(order).containsExactly("first", "second");
	}

	@Test
	void workThatThrowsAnErrorIsToldAndTheNextBegins() {
		assertThatThrownBy(() -> submit((held) -> {
			throw new NoClassDefFoundError("work");
		}).block(Await.LONG)).isInstanceOf(NoClassDefFoundError.class);
		assertGoesOn();
		assertThatThrownBy(() -> submit((held) -> Mono.just(1).map((item) -> {
			throw new NoClassDefFoundError("step");
		})).block(Await.LONG)).isInstanceOf(NoClassDefFoundError.class);
		assertGoesOn();
		Await.until(() -> this.done.size() == 4);
	}

	@Test
	void errorOfTheOneWhoWaitsKeepsNobodyElseWaiting() {
		HeldSession<String> patient = new HeldSession<>(Await.LONG);
		Sinks.One<String> answer = Sinks.one();
		MonoSink<String> waiting = mock();
		willThrow(new NoClassDefFoundError("waiting")).given(waiting).success("x");
		patient.submit(new HeldSession.Task<>((held) -> answer.asMono(), waiting), () -> {
		});
		catchThrowable(() -> answer.tryEmitValue("x"));
		verify(waiting).success("x");
		patient.submit(new HeldSession.Task<>((held) -> Mono.fromRunnable(() -> this.done.add("next")), null), () -> {
		});
		assertThat(this.done).containsExactly("next");
	}

	@Test
	void workThatNeverEndsIsGivenUp() {
		this.session = new HeldSession<>(Duration.ofMillis(50));
		assertThatThrownBy(() -> submit((held) -> {
			held.session = "changed by half";
			return Mono.never();
		}).block(Await.LONG)).hasCauseInstanceOf(TimeoutException.class);
		assertThat(this.session.session).isNull();
		assertGoesOn();
		Await.until(() -> this.done.size() == 2);
	}

}
