package io.agentsocket.autoconfigure.actuate;

import io.agentsocket.actuate.AgentSocketEndpoint;
import io.agentsocket.actuate.AgentSocketHealthIndicator;
import io.agentsocket.actuate.AgentSocketInfoContributor;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.autoconfigure.observation.AgentSocketLogAutoConfiguration;
import io.agentsocket.autoconfigure.observation.AgentSocketMetricsAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.observation.ServerMeters;
import io.agentsocket.observation.SessionMeters;
import io.agentsocket.session.SessionLog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketActuatorAutoConfiguration} and of
 * {@link AgentSocketMetricsAutoConfiguration}.
 */
class AgentSocketActuatorAutoConfigurationTests {

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WebFluxAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class,
				AgentSocketServerAutoConfiguration.class, AgentSocketActuatorAutoConfiguration.class,
				AgentSocketLogAutoConfiguration.class, AgentSocketMetricsAutoConfiguration.class));

	@Test
	void theEndpointIsThereWhenExposed() {
		this.runner.run((context) -> assertThat(context).hasNotFailed()
			.doesNotHaveBean(AgentSocketEndpoint.class)
			.doesNotHaveBean(AgentSocketInfoContributor.class)
			.hasSingleBean(AgentSocketHealthIndicator.class)
			.hasBean("agentSocketHealthContributor")
			.hasSingleBean(SessionLog.class));
		this.runner
			.withPropertyValues("management.endpoints.web.exposure.include=agentsocket",
					"management.info.agentsocket.enabled=true", "management.health.agentsocket.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(AgentSocketEndpoint.class)
				.hasSingleBean(AgentSocketInfoContributor.class)
				.doesNotHaveBean(AgentSocketHealthIndicator.class));
		this.runner.withPropertyValues("agentsocket.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(AgentSocketHealthIndicator.class)
				.doesNotHaveBean(SessionLog.class));
	}

	@Test
	void worksWithoutTheActuator() {
		this.runner
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate",
					"org.springframework.boot.health", "io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aServerIsMeteredWithARegistryOnly() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(ServerMeters.class));
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run((context) -> {
			assertThat(context).hasSingleBean(ServerMeters.class).hasSingleBean(SessionMeters.class);
			assertThat(context.getBean(MeterRegistry.class).find("agentsocket.store").timers()).isNotEmpty();
		});
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withPropertyValues("agentsocket.observation.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ServerMeters.class));
	}

}
