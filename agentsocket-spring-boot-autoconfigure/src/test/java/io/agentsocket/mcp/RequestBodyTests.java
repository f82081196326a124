package io.agentsocket.mcp;

import java.time.Duration;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.AgentSocketServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bounds of the body of a request.
 */
class RequestBodyTests {

	private static final int MAX = 10_000;

	private final AgentSocketServer server = AgentSocketServer.builder(new ActionCatalog()).build();

	@Test
	void bodyThatDripsIsGivenUp() {
		try (RequestBody body = new RequestBody(this.server.directCalls().incoming(), MAX, Duration.ofNanos(-1))) {
			McpAnswer answer = body.take(1);
			assertThat(answer).isNotNull();
			assertThat(answer.status()).isEqualTo(408);
		}
		assertThat(this.server.bounds().isUnused()).isTrue();
	}

	@Test
	void bodyIsBoundedAndCountsUntilItIsClosed() {
		try (RequestBody body = new RequestBody(this.server.directCalls().incoming(), MAX, Duration.ofMinutes(1))) {
			assertThat(body.take(MAX - 1)).isNull();
			assertThat(this.server.bounds().memory().used()).isEqualTo(MAX - 1);
			assertThat(body.take(1)).isNull();
			McpAnswer answer = body.take(1);
			assertThat(answer).isNotNull();
			assertThat(answer.status()).isEqualTo(413);
		}
		assertThat(this.server.bounds().isUnused()).isTrue();
	}

	/** Its time is over on one thread, while another one reads. */
	@Test
	void pieceThatComesAfterTheEndIsNotCounted() {
		RequestBody body = new RequestBody(this.server.directCalls().incoming(), MAX, Duration.ofMinutes(1));
		assertThat(body.take(1)).isNull();
		body.close();
		assertThat(body.take(1)).isNull();
		assertThat(this.server.bounds().isUnused()).isTrue();
	}

}
