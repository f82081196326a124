package io.agentsocket.autoconfigure.observation;

import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.observation.AuditEvents;
import io.agentsocket.observation.AuditInterceptor;
import io.agentsocket.observation.AuditRedaction;
import io.agentsocket.observation.InvocationAuditListener;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.actuate.audit.AuditEvent;
import org.springframework.boot.actuate.audit.AuditEventRepository;
import org.springframework.boot.actuate.audit.InMemoryAuditEventRepository;
import org.springframework.boot.actuate.autoconfigure.audit.AuditAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class AgentSocketAuditAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(AgentSocketAutoConfiguration.class, AuditAutoConfiguration.class, AgentSocketAuditAutoConfiguration.class));

	@Test
	void recordsWhenSomebodyTakesTheRecordsOnly() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AuditInterceptor.class));
		this.runner.withBean(InvocationAuditListener.class, () -> (audit) -> {
		})
			.run((context) -> assertThat(context).hasSingleBean(AuditInterceptor.class)
				.doesNotHaveBean(AuditEvents.class));
		this.runner.withBean(InvocationAuditListener.class, () -> (audit) -> {
		})
			.withPropertyValues("agentsocket.audit.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AuditInterceptor.class));
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate", "io.micrometer"))
			.withBean(InvocationAuditListener.class, () -> (audit) -> {
			})
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void theActuatorGetsEvents() {
		this.runner.withBean(AuditEventRepository.class, InMemoryAuditEventRepository::new)
			.withPropertyValues("agentsocket.audit.arguments=true", "agentsocket.audit.redact=city")
			.run((context) -> {
				AuditEvent event = event(context.getBean(AuditInterceptor.class),
						context.getBean(AuditEventRepository.class));
				assertThat(event.getType()).isEqualTo("AGENTSOCKET_ACTION_RUN");
				assertThat(event.getData()).containsEntry("action", "echo")
					.containsEntry("outcome", "OK")
					.containsEntry("arguments", Map.of("city", "***", "unit", "celsius"))
					.containsKeys("session", "agent", "durationMillis");
			});
	}

	@Test
	void aBeanOfTheApplicationRedacts() {
		this.runner.withBean(AuditEventRepository.class, InMemoryAuditEventRepository::new)
			.withBean(AuditRedaction.class, () -> (action, name, value) -> action + "." + name)
			.withPropertyValues("agentsocket.audit.arguments=true")
			.run((context) -> assertThat(
					event(context.getBean(AuditInterceptor.class), context.getBean(AuditEventRepository.class))
						.getData())
				.containsEntry("arguments", Map.of("city", "echo.city", "unit", "echo.unit")));
	}

	private static AuditEvent event(AuditInterceptor interceptor, AuditEventRepository repository) {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.interceptor(interceptor),
				Action.named("echo").handler((exchange) -> Mono.just("x")))) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann"))
				.build();
			agent.invoke("echo")
				.arguments(Map.of("city", "Berlin", "unit", "celsius"))
				.toMono(String.class)
				.block(Await.LONG);
			agent.close().block(Await.LONG);
			Await.until(() -> !repository.find("ann", null, null).isEmpty());
			List<AuditEvent> events = repository.find("ann", null, null);
			assertThat(events).hasSize(1);
			return events.get(0);
		}
	}

}
