package io.agentsocket.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.apache.commons.logging.Log;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.verifyNoMoreInteractions;

/**
 * Questions to a store have an end, whatever becomes of their answers.
 */
class AnswersTests {

	private static final Duration ATTEMPT = Duration.ofSeconds(5);

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private final Log log = mock(Log.class);

	private final Answers answers = new Answers(ATTEMPT, this.timer, this.log);

	/** The answers to the attempts so far. */
	private final List<Sinks.One<String>> attempts = new ArrayList<>();

	private final List<Object> heard = new ArrayList<>();

	@AfterEach
	void stop() {
		this.timer.dispose();
	}

	private Mono<String> attempt() {
		Sinks.One<String> answer = Sinks.one();
		this.attempts.add(answer);
		return answer.asMono();
	}

	private Disposable hear(Mono<String> question) {
		return question.subscribe(this.heard::add, this.heard::add, () -> this.heard.add("end"));
	}

	private Disposable askAgain() {
		return hear(this.answers.again("a thing", this::attempt));
	}

	@Test
	void questionWhoseAnswerIsLostIsAskedAgain() {
		askAgain();
		this.timer.advanceTimeBy(ATTEMPT.minusMillis(1));
		assertThat(this.attempts).hasSize(1);
		verifyNoInteractions(this.log);
		this.timer.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.attempts).hasSize(2);
		assertThat(this.attempts.get(0).currentSubscriberCount()).isZero();
		verify(this.log).warn(startsWith("The session store is asked again for a thing: "
				+ "java.util.concurrent.TimeoutException: No answer of the session store for 5000 ms, attempt 1 of 3"));
		this.attempts.get(1).tryEmitValue("second");
		assertThat(this.heard).containsExactly("second", "end");
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(3));
		assertThat(this.attempts).hasSize(2);
		assertThat(this.heard).hasSize(2);
	}

	@Test
	void lateAnswerOfAnAttemptThatWasGivenUpIsLeftOut() {
		List<MonoSink<String>> sinks = new ArrayList<>();
		hear(this.answers.again("a thing", () -> Mono.create(sinks::add)));
		this.timer.advanceTimeBy(ATTEMPT);
		sinks.get(0).success("late");
		assertThat(this.heard).isEmpty();
		sinks.get(1).success("in time");
		sinks.get(0).success("too late");
		assertThat(this.heard).containsExactly("in time", "end");
	}

	@Test
	void questionWithoutAnyAnswerFails() {
		askAgain();
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(3).minusMillis(1));
		assertThat(this.attempts).hasSize(3);
		assertThat(this.heard).isEmpty();
		this.timer.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.attempts).hasSize(3);
		assertThat(this.heard).singleElement()
			.isInstanceOfSatisfying(TimeoutException.class, (error) -> assertThat(error)
				.hasMessage("No answer of the session store for 5000 ms, attempt 3 of 3"));
		verify(this.log).warn(startsWith("The session store is not waited for any longer, for a thing: "));
	}

	@Test
	void questionThatMustNotBeAskedTwiceFailsAfterTheSameTime() {
		hear(this.answers.once("a thing", this::attempt));
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(3).minusMillis(1));
		assertThat(this.heard).isEmpty();
		this.timer.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.attempts).hasSize(1);
		assertThat(this.heard).singleElement().isInstanceOf(TimeoutException.class);
		verify(this.log).warn(startsWith("The session store is not waited for any longer, for a thing: "));
		verifyNoMoreInteractions(this.log);
	}

	@Test
	void questionThatIsAnsweredNeedsNoTimerAnyMore() {
		Scheduler counted = mock(Scheduler.class);
		Disposable task = mock(Disposable.class);
		given(counted.schedule(any(), anyLong(), any())).willReturn(task);
		Answers timed = new Answers(ATTEMPT, counted, this.log);
		hear(timed.again("a thing", () -> Mono.just("at once")));
		verifyNoInteractions(counted);
		hear(timed.again("a thing", this::attempt));
		verify(counted).schedule(any(), eq(ATTEMPT.toMillis()), eq(TimeUnit.MILLISECONDS));
		verify(task, never()).dispose();
		this.attempts.get(0).tryEmitEmpty();
		verify(task).dispose();
		assertThat(this.heard).containsExactly("at once", "end", "end");
		hear(timed.again("a thing", this::attempt)).dispose();
		verify(task, times(2)).dispose();
		verify(counted, times(2)).schedule(any(), anyLong(), any());
	}

	@Test
	void failureIsNoReasonToAskAgain() {
		IllegalStateException away = new IllegalStateException("away");
		askAgain();
		this.attempts.get(0).tryEmitError(away);
		hear(this.answers.again("a thing", () -> {
			throw away;
		}));
		this.timer.advanceTimeBy(ATTEMPT);
		assertThat(this.attempts).hasSize(1);
		assertThat(this.heard).containsExactly(away, away);
	}

	@Test
	void errorInPlaceOfASignalIsTold() {
		NoClassDefFoundError error = new NoClassDefFoundError("a class");
		hear(this.answers.again("a thing", () -> Mono.fromSupplier(() -> {
			throw error;
		})));
		assertThat(this.heard).containsExactly(error);
	}

	@Test
	void questionThatNobodyWaitsForIsNotAskedAgain() {
		Disposable waiting = askAgain();
		this.timer.advanceTimeBy(ATTEMPT);
		waiting.dispose();
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(3));
		assertThat(this.attempts).hasSize(2)
			.allSatisfy((answer) -> assertThat(answer.currentSubscriberCount()).isZero());
		assertThat(this.heard).isEmpty();
	}

}
