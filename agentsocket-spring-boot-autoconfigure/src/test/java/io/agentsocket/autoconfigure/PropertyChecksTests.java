package io.agentsocket.autoconfigure;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Wrong values of properties are reported all at once.
 */
class PropertyChecksTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class));

	@Test
	void allValuesThatDoNotFitAtOnce() {
		this.runner
			.withPropertyValues("agentsocket.server.allowed-origins=example.com",
					"agentsocket.server.allowed-hosts=https://example.com", "agentsocket.server.path=socket",
					"agentsocket.server.max-sessions=0", "agentsocket.server.hello-timeout=0s",
					"agentsocket.session.max-age=0s", "agentsocket.server.limits.frame=2MB")
			.run((context) -> {
				assertThat(context).hasFailed();
				Throwable failure = context.getStartupFailure();
				while (failure.getCause() != null && !(failure instanceof InvalidPropertiesException)) {
					failure = failure.getCause();
				}
				FailureAnalysis analysis = new InvalidPropertiesFailureAnalyzer().analyze(failure);
				assertThat(analysis.getDescription()).contains("7 properties", "allowed-origins", "https://example.com",
						"allowed-hosts", "server.path", "max-sessions", "hello-timeout", "session.max-age",
						"server.limits.");
			});
	}

}
