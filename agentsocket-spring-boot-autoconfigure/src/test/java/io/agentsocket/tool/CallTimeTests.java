package io.agentsocket.tool;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallTimeTests {

	private static final long SHORT = 2_000;

	private static final long LONG = Duration.ofSeconds(1).toNanos();

	private final CallTime time = new CallTime();

	private void calls(int count, long taken) {
		for (int i = 0; i < count; i++) {
			this.time.add(taken);
		}
	}

	@Test
	void toolIsQuickUntilItIsNot() {
		assertThat(this.time.isQuick()).isTrue();
		calls(100, SHORT);
		assertThat(this.time.isQuick()).isTrue();
		assertThat(this.time.nanos()).isBetween(SHORT / 2, SHORT);
		calls(2, LONG);
		assertThat(this.time.isQuick()).isFalse();
	}

	@Test
	void oneCallThatLostItsProcessorIsForgiven() {
		for (int i = 0; i < 50; i++) {
			calls(20, SHORT);
			calls(1, LONG);
			calls(1, SHORT);
			assertThat(this.time.isQuick()).isTrue();
		}
	}

	@Test
	void toolThatBlockedIsQuickAgainAfterSomeDozenCalls() {
		calls(1000, LONG);
		assertThat(this.time.isQuick()).isFalse();
		calls(24, SHORT);
		assertThat(this.time.isQuick()).isTrue();
	}

}
