package io.agentsocket.client;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Backoff}.
 */
class BackoffTests {

	private static LongStream waits(Duration offline, int closeCode) {
		return LongStream.range(0, 5000).map((i) -> Backoff.DEFAULT.next(offline, closeCode).toMillis());
	}

	@ParameterizedTest
	@CsvSource({ "0, 1000", "4, 1000", "8, 2000", "20, 5000", "120, 30000", "86400, 30000" })
	void isAtMostAQuarterOfTheOutageWithinTheBounds(int offlineSeconds, long bound) {
		Duration offline = Duration.ofSeconds(offlineSeconds);
		assertThat(waits(offline, 1006).max().orElseThrow()).isBetween(bound * 9 / 10, bound);
		assertThat(waits(offline, 1006).min().orElseThrow()).isBetween(0L, bound / 10);
	}

	@ParameterizedTest
	@ValueSource(ints = { 4006, 4008 })
	void serverThatHasNoStoreOrNoRoomIsLeftAlone(int closeCode) {
		assertThat(waits(Duration.ZERO, closeCode).min().orElseThrow()).isEqualTo(2000);
	}

	@Test
	void serverThatRestartsIsFoundWithinAQuarterOfThatTime() {
		Random random = new Random(1);
		for (int i = 0; i < 2000; i++) {
			long away = random.nextInt(60_000);
			long time = 0;
			while (time < away) {
				time += Math.max(1, Backoff.DEFAULT.next(Duration.ofMillis(time), 1006).toMillis());
			}
			assertThat(time - away).isLessThanOrEqualTo(Math.max(1000, away / 4));
		}
	}

}
