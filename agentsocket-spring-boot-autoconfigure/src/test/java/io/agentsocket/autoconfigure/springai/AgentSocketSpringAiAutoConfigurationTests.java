package io.agentsocket.autoconfigure.springai;

import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.springai.AgentSocketTools;
import io.agentsocket.springai.ParallelToolCalls;
import org.junit.jupiter.api.Test;

import org.springframework.ai.model.tool.DefaultToolCallingManager;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bridge in an application that has Spring AI's own auto-configuration too.
 */
class AgentSocketSpringAiAutoConfigurationTests {

	private static final String ADDRESS = "agentsocket.client.uri=ws://127.0.0.1:1/agentsocket";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class,
				AgentSocketClientAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
				AgentSocketSpringAiAutoConfiguration.class, ToolCallingAutoConfiguration.class));

	@Test
	void hasToolsOfTheServerAndConnectsNotAtTheStart() {
		this.runner.withPropertyValues(ADDRESS).run((context) -> {
			assertThat(context).hasSingleBean(AgentSocketTools.class).doesNotHaveBean(ToolCallbackProvider.class);
			assertThat(context.getBean(ToolCallingManager.class)).isInstanceOf(DefaultToolCallingManager.class);
			assertThat(context.getBean(AgentSocketClient.class).state()).isEqualTo(ConnectionState.IDLE);
		});
	}

	@Test
	void hasNoToolsWithoutAClient() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketTools.class));
	}

	@Test
	void hasNoToolsOfSeveralClients() {
		this.runner
			.withBean("one", AgentSocketClient.class, () -> AgentSocketClient.builder("ws://127.0.0.1:1/a").build())
			.withBean("two", AgentSocketClient.class, () -> AgentSocketClient.builder("ws://127.0.0.1:1/b").build())
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketTools.class));
	}

	@Test
	void doesNothingWithoutSpringAi() {
		this.runner.withPropertyValues(ADDRESS)
			.withClassLoader(new FilteredClassLoader("org.springframework.ai"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(AgentSocketClient.class)
				.doesNotHaveBean("io.agentsocket.springAiTools"));
	}

	@Test
	void hasAProviderForThoseWhoAskForItOnly() {
		this.runner.withPropertyValues(ADDRESS, "agentsocket.spring-ai.provider=true")
			.withBean(Providers.class)
			.run((context) -> {
				assertThat(context).hasBean("agentSocketToolCallbackProvider");
				assertThat(context.getBean(Providers.class).injected()).isEmpty();
				assertThat(context.getBean(AgentSocketClient.class).state()).isEqualTo(ConnectionState.IDLE);
			});
	}

	@Test
	void callsSideBySideWhenAsked() {
		this.runner.withPropertyValues("agentsocket.spring-ai.side-by-side=true")
			.run((context) -> assertThat(context).getBean(ToolCallingManager.class)
				.isInstanceOf(ParallelToolCalls.class));
	}

	@Test
	void offersToolsOfSpringAiWhenAsked() {
		this.runner.withBean(Clock.class)
			.run((context) -> assertThat(context.getBean(ActionCatalog.class).actions()).isEmpty());
		this.runner.withBean(Clock.class)
			.withPropertyValues("agentsocket.spring-ai.offer-tools=true")
			.run((context) -> assertThat(context.getBean(ActionCatalog.class).actions()).extracting(Action::name)
				.containsExactly("time"));
	}

	static class Clock {

		@Tool(description = "Tells the time")
		String time() {
			return "noon";
		}

	}

	static class Providers {

		@Autowired
		private ObjectProvider<ToolCallbackProvider> providers;

		private List<ToolCallbackProvider> injected() {
			return this.providers.stream().toList();
		}

	}

}
