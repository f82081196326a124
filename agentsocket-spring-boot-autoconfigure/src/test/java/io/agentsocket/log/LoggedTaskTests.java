package io.agentsocket.log;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.commons.logging.Log;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tasks of timers and queues that fail.
 */
class LoggedTaskTests {

	private static final Duration PERIOD = Duration.ofMillis(100);

	private final Log log = mock(Log.class);

	@Test
	void turnThatFailsDoesNotEndTheOthers() {
		VirtualTimeScheduler timer = VirtualTimeScheduler.create();
		AtomicInteger turns = new AtomicInteger();
		StackOverflowError error = new StackOverflowError();
		Disposable running = new LoggedTask(this.log, "The look has failed", () -> {
			if (turns.incrementAndGet() == 1) {
				throw error;
			}
		}).every(timer, PERIOD);
		timer.advanceTimeBy(PERIOD.multipliedBy(3));
		assertThat(turns).hasValue(3);
		verify(this.log).error("The look has failed", error);
		running.dispose();
		timer.advanceTimeBy(PERIOD.multipliedBy(3));
		assertThat(turns).hasValue(3);
		timer.dispose();
	}

	@Test
	void failureOfTheLogHarmsNobodyEither() {
		willThrow(new OutOfMemoryError()).given(this.log).error(any(), any());
		AtomicInteger turns = new AtomicInteger();
		LoggedTask.run(this.log, "It has failed", () -> {
			turns.incrementAndGet();
			throw new OutOfMemoryError();
		});
		assertThat(turns).hasValue(1);
	}

}
