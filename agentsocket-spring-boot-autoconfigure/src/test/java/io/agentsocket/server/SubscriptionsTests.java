package io.agentsocket.server;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that subscribe to more than they take, or with lists that nobody needs.
 */
class SubscriptionsTests {

	private final TestServer server = TestServer.with();

	@AfterEach
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "add", "remove" })
	void aListOfTooManyNamesIsOneMistake(String list) {
		AgentSocketClient client = AgentSocketClient.builder(this.server.uri()).build();
		List<Integer> wrong = IntStream.range(0, 100_000).boxed().toList();
		StepVerifier.create(client.invoke(Names.SUBSCRIBE).arguments(Map.of(list, wrong)).toMono(Map.class))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
				assertThat(((ActionException) error).violations())
					.containsExactly(new Violation("/" + list, "maxItems", "expected at most 256 names"));
			})
			.verify(Await.LONG);
		client.close().block(Await.LONG);
	}

}
