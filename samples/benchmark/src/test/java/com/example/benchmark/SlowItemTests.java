package com.example.benchmark;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Items that come one by one say when they were made. A class of its own, so that it runs
 * beside {@link ContestantTests}.
 */
class SlowItemTests {

	@ParameterizedTest
	@ValueSource(strings = { "raw", "agentsocket-cbor", "rsocket-ws", "grpc-bidi", "grpc-bidi-executor", "http" })
	void itemsOfSlowStreamsSayWhenTheyWereMade(String key) throws InterruptedException {
		Contestant contestant = Entry.named(key).contestant().get();
		BlockingQueue<String> items = new LinkedBlockingQueue<>();
		try (Server server = contestant.serve(); Connection connection = contestant.connect(server.port())) {
			connection.paced(new PacedRequest(1, 10), items::add);
			for (int i = 0; i < 3; i++) {
				String item = items.poll(60, TimeUnit.SECONDS);
				assertThat(item).hasSize(20);
				assertThat(PacedRequest.delayOf(item)).isPositive().isLessThan(TimeUnit.SECONDS.toNanos(60));
			}
		}
	}

}
