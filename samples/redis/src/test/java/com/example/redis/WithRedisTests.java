package com.example.redis;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link WithRedis}.
 */
class WithRedisTests {

	private static final List<LocalRedis> SEEN = new ArrayList<>();

	@Test
	void classesShareOneRedisFindItEmptyAndItEndsWithThem() {
		SEEN.clear();
		SummaryGeneratingListener summary = new SummaryGeneratingListener();
		LauncherFactory.create()
			.execute(LauncherDiscoveryRequestBuilder.request()
				.selectors(DiscoverySelectors.selectClass(First.class), DiscoverySelectors.selectClass(Second.class))
				.build(), summary);
		assertThat(summary.getSummary().getFailures()).isEmpty();
		assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(3);
		assertThat(SEEN).hasSize(3);
		LocalRedis redis = SEEN.get(0);
		assertThat(SEEN).allMatch((other) -> other == redis);
		if (redis.owned()) {
			assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> redis.command("PING"));
		}
	}

	@WithRedis
	static class First {

		@Test
		void writes(LocalRedis redis) {
			assertThat(redis.command("DBSIZE")).isEqualTo("0");
			redis.command("SET", "key", "left behind");
			SEEN.add(redis);
		}

		@Nested
		class Inner {

			@Test
			void doesNotLoseWhatTheOuterClassWrote(LocalRedis redis) {
				assertThat(redis.command("GET", "key")).isEqualTo("left behind");
				SEEN.add(redis);
			}

		}

	}

	@WithRedis
	static class Second {

		static LocalRedis redis;

		@Test
		void findsItEmpty() {
			assertThat(redis.command("DBSIZE")).isEqualTo("0");
			redis.command("SET", "key", "left behind");
			SEEN.add(redis);
		}

	}

}
