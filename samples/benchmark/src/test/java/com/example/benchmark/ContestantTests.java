package com.example.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every contestant does the work.
 */
@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes a minute of a core")
class ContestantTests {

	private static final Duration TURN = Duration.ofMillis(20);

	static Stream<String> contestants() {
		return Entry.ALL.stream().filter((entry) -> !entry.redis()).map(Entry::key);
	}

	@ParameterizedTest
	@MethodSource("contestants")
	void answersCallsAndStreamsTokens(String key) {
		Contestant contestant = Entry.named(key).contestant().get();
		try (Server server = contestant.serve(); Connection connection = contestant.connect(server.port())) {
			List<Connection> connections = List.of(connection);
			LoadResult one = Load.run(Scenario.ONE, connections, TURN);
			assertThat(one.operations()).isPositive();
			assertThat(one.p99()).isGreaterThanOrEqualTo(one.p50()).isPositive();
			assertThat(Load.run(Scenario.BUSY, connections, 2).operations()).isEqualTo(128);
			assertThat(Load.run(Scenario.BUSY.withArguments(65_536), connections, 1).operations()).isEqualTo(64);
			if (contestant.streams()) {
				LoadResult streams = Load.run(Scenario.streams("streams", "", 4), connections, 2);
				assertThat(streams.operations()).isEqualTo(8 * TokensRequest.TOKENS);
			}
			if (contestant.texts()) {
				// Several of them at once are the work above with larger texts, and take
				// most of the time.
				for (Scenario scenario : Scenario.large().stream().filter((large) -> large.inFlight() == 1).toList()) {
					assertThat(Load.run(scenario, connections, 1).operations()).isEqualTo(scenario.inFlight());
				}
			}
		}
	}

}
