package io.agentsocket.action;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The deadline as tools see it.
 */
class DeadlineTests {

	private static final Instant NOW = Instant.parse("2026-02-01T10:00:00Z");

	private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

	@Test
	void tellsWhatIsLeft() {
		Deadline deadline = Deadline.at(NOW.plusSeconds(5), CLOCK);
		assertThat(deadline.instant()).contains(NOW.plusSeconds(5));
		assertThat(deadline.remaining()).contains(Duration.ofSeconds(5));
		assertThat(deadline.isExpired()).isFalse();
	}

	@Test
	void expiresAtItsInstant() {
		assertThat(Deadline.at(NOW, CLOCK).isExpired()).isTrue();
		Deadline past = Deadline.at(NOW.minusSeconds(1), CLOCK);
		assertThat(past.isExpired()).isTrue();
		assertThat(past.remaining()).contains(Duration.ZERO);
	}

	@Test
	void noDeadlineNeverExpires() {
		assertThat(Deadline.NONE.isExpired()).isFalse();
		assertThat(Deadline.NONE.instant()).isEmpty();
		assertThat(Deadline.NONE.remaining()).isEmpty();
	}

}
