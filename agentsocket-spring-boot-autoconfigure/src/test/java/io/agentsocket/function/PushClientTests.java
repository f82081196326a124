package io.agentsocket.function;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PushClientTests {

	@Test
	void functionsThatMetTheSameOutageDoNotComeBackAtTheSameMoment() {
		Set<Duration> times = new HashSet<>();
		for (int i = 0; i < 100; i++) {
			Duration time = PushClient.spread(30);
			assertThat(time).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(45));
			times.add(time);
		}
		assertThat(times).hasSizeGreaterThan(50);
		assertThat(PushClient.spread(0)).isZero();
	}

}
