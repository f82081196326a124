package io.agentsocket.session;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Retries}.
 */
class RetriesTests {

	private final Retries retries = new Retries(Duration.ofMillis(200), Duration.ofSeconds(2));

	@Test
	void timeDoublesUpToABound() {
		for (int i = 0; i < 100; i++) {
			assertThat(this.retries.delay(0)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
			assertThat(this.retries.delay(2)).isBetween(Duration.ofMillis(400), Duration.ofMillis(800));
			assertThat(this.retries.delay(9)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
			assertThat(this.retries.delay(Integer.MAX_VALUE)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
		}
	}

	@Test
	void sessionsDoNotComeBackAtTheSameMoment() {
		Set<Duration> times = new HashSet<>();
		for (int i = 0; i < 100; i++) {
			times.add(this.retries.delay(5));
		}
		assertThat(times).hasSizeGreaterThan(50);
	}

}
