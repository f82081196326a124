package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ServerSettingsTests {

	@Test
	void anArgumentThatDoesNotFitIsNamedWithItsValueAndTheExpectation() {
		ServerSettings.Builder builder = ServerSettings.builder();
		assertThatIllegalArgumentException().isThrownBy(() -> builder.helloTimeout(Duration.ZERO))
			.withMessage("helloTimeout: PT0S (expected: longer than 0)");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.drainSpread(Duration.ofSeconds(-1)))
			.withMessage("drainSpread: PT-1S (expected: 0 or longer)");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxSessions(0))
			.withMessage("maxSessions: 0 (expected: at least 1)");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.limits(null))
			.withMessage("limits: null (expected: a value)");
		Limits small = new Limits(4096, 4096, 8192, 8192, 4, 4, 65536, 4, 128, 256, 8);
		assertThatIllegalArgumentException().isThrownBy(() -> builder.limits(small))
			.withMessage("limits.message: 4096 (expected: at least 8192 bytes)");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> AgentSocketClient.builder("ws://127.0.0.1/").limits(small))
			.withMessage("limits.message: 4096 (expected: at least 8192 bytes)");
	}

	@Test
	void mutateChangesNothingElse() {
		ServerSettings settings = ServerSettings.builder()
			.maxSessions(7)
			.idleTimeout(Duration.ofSeconds(9))
			.build()
			.mutate()
			.drainTimeout(Duration.ofSeconds(3))
			.build();
		assertThat(settings).usingRecursiveComparison()
			.ignoringFields("maxSessions", "idleTimeout", "drainTimeout")
			.isEqualTo(ServerSettings.DEFAULTS);
		assertThat(settings.maxSessions()).isEqualTo(7);
		assertThat(settings.idleTimeout()).isEqualTo(Duration.ofSeconds(9));
		assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(3));
	}

}
