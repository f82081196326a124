package io.agentsocket.action;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TimeLimitTests {

	@Test
	void timeOfAnyLengthHasAnEnd() {
		assertThat(TimeLimit.end(Duration.ofSeconds(Long.MAX_VALUE)))
			.isAfter(Instant.now().plus(Duration.ofDays(36_000)));
		assertThat(TimeLimit.end(Duration.ofDays(1))).isBefore(Instant.now().plus(Duration.ofDays(2)));
	}

}
