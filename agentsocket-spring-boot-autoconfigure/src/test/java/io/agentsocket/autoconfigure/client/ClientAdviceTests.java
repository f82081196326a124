package io.agentsocket.autoconfigure.client;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The start of an application whose client has probably not what was meant.
 */
@ExtendWith(OutputCaptureExtension.class)
class ClientAdviceTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketClientAutoConfiguration.class));

	@Test
	void nothingIsSaidOfTheDefaults(CapturedOutput output) {
		this.runner.withPropertyValues("agentsocket.client.uri=ws://agents.example/x", "agentsocket.client.max-wait=0s")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("WARN");
	}

	@ParameterizedTest
	@ValueSource(strings = { "bearer-token=t", "headers.authorization=Basic x" })
	void aTokenThatOthersCanRead(String secret, CapturedOutput output) {
		this.runner
			.withPropertyValues("agentsocket.client.uris=wss://a.example/x,ws://b.example/x,ws://127.0.0.1/x",
					"agentsocket.client." + secret)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("is sent without encryption to [ws://b.example/x]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "wss://a.example/x", "ws://localhost/x", "ws://127.0.0.1/x", "ws://[::1]/x" })
	void aTokenThatOthersCannotRead(String uri, CapturedOutput output) {
		this.runner.withPropertyValues("agentsocket.client.uri=" + uri, "agentsocket.client.bearer-token=t")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("WARN");
	}

	@Test
	void timesThatDoNotGoTogether(CapturedOutput output) {
		this.runner
			.withPropertyValues("agentsocket.client.uri=wss://a.example/x", "agentsocket.client.max-wait=2s",
					"agentsocket.client.backoff.base=0s", "agentsocket.client.backoff.cap=20ms")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("agentsocket.client.max-wait (2000ms) is shorter than")
			.contains("agentsocket.client.backoff.cap (20ms) is so short");
	}

}
