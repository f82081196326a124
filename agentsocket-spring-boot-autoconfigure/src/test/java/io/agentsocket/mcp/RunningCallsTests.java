package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * The one timer of all calls.
 */
class RunningCallsTests {

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private final RunningCalls calls = new RunningCalls(this.timer);

	@Test
	void lookThatFailsEndsNeitherTheOthersNorTheTimer() {
		RunningCall failing = mock(RunningCall.class);
		willThrow(new NoClassDefFoundError("failing")).given(failing).look(anyLong());
		Looked good = new Looked();
		this.calls.begins(failing);
		this.calls.begins(good);
		this.timer.advanceTimeBy(Duration.ofSeconds(10));
		verify(failing, atLeast(2)).look(anyLong());
		int before = good.looks.get();
		assertThat(before).isGreaterThan(1);
		this.calls.ends(failing);
		this.calls.ends(good);
		this.timer.advanceTimeBy(Duration.ofSeconds(10));
		// A call that begins later is looked at, too.
		this.calls.begins(good);
		this.timer.advanceTimeBy(Duration.ofSeconds(10));
		assertThat(good.looks.get()).isGreaterThan(before + 1);
		this.timer.dispose();
	}

	@Test
	void timerThatTakesNoTaskIsTriedAgainWithTheNextCall() {
		Scheduler full = mock(Scheduler.class);
		given(full.schedule(any(), anyLong(), any())).willThrow(new OutOfMemoryError("no memory"))
			.willAnswer((call) -> this.timer.schedule(call.getArgument(0), call.getArgument(1), call.getArgument(2)));
		RunningCalls later = new RunningCalls(full);
		Looked good = new Looked();
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> later.begins(good));
		later.begins(new Looked());
		this.timer.advanceTimeBy(Duration.ofSeconds(10));
		assertThat(good.looks.get()).isGreaterThan(1);
		this.timer.dispose();
	}

	/** A call that counts how often it is looked at. */
	private static final class Looked implements RunningCall {

		private final AtomicInteger looks = new AtomicInteger();

		@Override
		public void look(long now) {
			this.looks.incrementAndGet();
		}

		@Override
		public void resume(Reply next, int sequence, Map<String, Object> responses, @Nullable McpSession caller) {
		}

		@Override
		public void leave(String reason) {
		}

		@Override
		public void forget(String reason) {
		}

	}

}
