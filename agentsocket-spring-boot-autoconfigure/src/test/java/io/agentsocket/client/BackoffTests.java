package io.agentsocket.client;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Backoff}.
 */
class BackoffTests {

	private static LongStream waits(Duration offline, int closeCode) {
		return LongStream.range(0, 5000).map((i) -> Backoff.DEFAULT.next(offline, closeCode, Duration.ZERO).toMillis());
	}

	@ParameterizedTest
	@CsvSource({ "0, 1000", "4, 1000", "8, 2000", "20, 5000", "120, 30000", "86400, 30000" })
	void isAtMostAQuarterOfTheOutageWithinTheBounds(int offlineSeconds, long bound) {
		Duration offline = Duration.ofSeconds(offlineSeconds);
		assertThat(waits(offline, 1006).max().orElseThrow()).isBetween(bound * 9 / 10, bound);
		assertThat(waits(offline, 1006).min().orElseThrow()).isBetween(0L, bound / 10);
	}

	@Test
	void waitAfterTheLossOfAConnectionIsShort() {
		assertSpread(firstWaits(1006), 0, 250);
		assertSpread(firstWaits(1000), 0, 250);
	}

	@ParameterizedTest
	@ValueSource(ints = { 4006, 4008 })
	void serverThatHasNoStoreOrNoRoomIsLeftAloneAfterTheLossAsWell(int closeCode) {
		assertSpread(firstWaits(closeCode), 2000, 4000);
	}

	private static LongStream firstWaits(int closeCode) {
		return firstWaits(Duration.ZERO, closeCode);
	}

	private static LongStream firstWaits(Duration offline, int closeCode) {
		return LongStream.range(0, 5000).map((i) -> Backoff.DEFAULT.first(offline, closeCode).toMillis());
	}

	@ParameterizedTest
	@CsvSource({ "1, 250", "2, 500", "20, 5000", "3600, 30000" })
	void serverThatEndsEachConnectionAfterAWhileIsMetLessAndLessOften(int offlineSeconds, long bound) {
		assertSpread(firstWaits(Duration.ofSeconds(offlineSeconds), 1006), 0, bound);
	}

	@Test
	void firstWaitIsNeverLongerThanTheBase() {
		Duration base = Duration.ofMillis(10);
		assertThat(new Backoff(base, Duration.ofSeconds(1)).first()).isEqualTo(base);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new Backoff(Duration.ofMillis(11), base, Duration.ofSeconds(1)));
	}

	@ParameterizedTest
	@ValueSource(ints = { 4006, 4008 })
	void serverThatHasNoStoreOrNoRoomIsLeftAlone(int closeCode) {
		assertThat(waits(Duration.ZERO, closeCode).min().orElseThrow()).isBetween(2000L, 2100L);
	}

	@ParameterizedTest
	@ValueSource(ints = { 4006, 4008 })
	void clientsThatWereRefusedTogetherDoNotComeBackTogether(int closeCode) {
		assertSpread(waits(Duration.ZERO, closeCode), 2000, 4000);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1000, 2000", "5, 5000, 10000", "30, 30000, 60000", "3600, 3600000, 3630000" })
	void clientsThatWereAskedForTimeSpreadOverAsMuch(int askedSeconds, long from, long to) {
		assertSpread(waitsAsked(Duration.ZERO, Duration.ofSeconds(askedSeconds)), from, to);
	}

	@Test
	void timeThatTheServerAsksForIsPartOfTheWait() {
		assertSpread(waitsAsked(Duration.ofSeconds(60), Duration.ofSeconds(2)), 2000, 15_000);
		assertSpread(waitsAsked(Duration.ofHours(1), Duration.ofSeconds(2)), 2000, 30_000);
	}

	private static LongStream waitsAsked(Duration offline, Duration asked) {
		return LongStream.range(0, 5000).map((i) -> Backoff.DEFAULT.next(offline, 1006, asked).toMillis());
	}

	/** No tenth of the time has twice its share. */
	private static void assertSpread(LongStream waits, long from, long to) {
		Map<Long, Long> tenths = waits.boxed()
			.peek((wait) -> assertThat(wait).isBetween(from, to))
			.collect(Collectors.groupingBy((wait) -> (wait - from) * 10 / (to - from + 1), Collectors.counting()));
		assertThat(tenths).hasSize(10).allSatisfy((tenth, count) -> assertThat(count).isBetween(250L, 1000L));
	}

	@Test
	void serverThatRestartsIsFoundWithinAQuarterOfThatTime() {
		Random random = new Random(1);
		for (int i = 0; i < 2000; i++) {
			long away = random.nextInt(60_000);
			long time = 0;
			while (time < away) {
				time += Math.max(1, Backoff.DEFAULT.next(Duration.ofMillis(time), 1006, Duration.ZERO).toMillis());
			}
			assertThat(time - away).isLessThanOrEqualTo(Math.max(1000, away / 4));
		}
	}

}
