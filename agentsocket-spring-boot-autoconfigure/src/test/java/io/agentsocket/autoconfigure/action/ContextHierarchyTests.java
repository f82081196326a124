package io.agentsocket.autoconfigure.action;

import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.event.EventListeners;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of contexts below others, as {@code SpringApplicationBuilder} makes them.
 */
class ContextHierarchyTests {

	private final ApplicationContextRunner plain = new ApplicationContextRunner();

	private final ApplicationContextRunner configured = this.plain
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
				AgentSocketAutoConfiguration.class, AgentSocketActionAutoConfiguration.class,
				AgentSocketToolAutoConfiguration.class, AgentSocketEventAutoConfiguration.class));

	@Test
	void aContextBelowAConfiguredOneReadsItsOwnTools() {
		this.configured.withBean(Above.class)
			.withBean("actionAbove", Action.class, () -> Action.named("bean.above").handler((ex) -> Mono.empty()))
			.run((parent) -> this.configured.withParent(parent).withBean(Below.class).run((child) -> {
				assertThat(names(parent)).containsExactly("above", "bean.above");
				assertThat(names(child)).containsExactly("above", "bean.above", "below");
				assertThat(child.getBean(AgentTools.class)).isNotSameAs(parent.getBean(AgentTools.class));
				assertThat(child.getBean(QuestionSender.class)).isNotSameAs(parent.getBean(QuestionSender.class));
				assertThat(child.getBeanProvider(Codec.class).stream()).hasSize(2);
			}));
	}

	@Test
	void aContextBelowAConfiguredOneReadsItsOwnListeners() {
		this.configured.withBean(Above.class)
			.run((parent) -> this.configured.withParent(parent).withBean(Below.class).run((child) -> {
				assertThat(parent.getBean(EventListeners.class).names()).containsExactly("event.above");
				assertThat(child.getBean(EventListeners.class).names()).containsExactlyInAnyOrder("event.above",
						"event.below");
				assertThat(child.getBean(EventSinkFactory.class)).isNotSameAs(parent.getBean(EventSinkFactory.class));
			}));
	}

	@Test
	void aContextBelowAConfiguredOneHasItsOwnSettings() {
		this.configured.withPropertyValues("agentsocket.ask-timeout=1m")
			.run((parent) -> this.configured.withParent(parent)
				.withPropertyValues("agentsocket.ask-timeout=2m", "agentsocket.server.path=/below")
				.run((child) -> {
					assertThat(parent.getBean(AgentSocketProperties.class).askTimeout()).hasMinutes(1);
					AgentSocketProperties own = child.getBean(AgentSocketProperties.class);
					assertThat(own.askTimeout()).hasMinutes(2);
					assertThat(own.server().path()).isEqualTo("/below");
				}));
	}

	@Test
	void mistakesInTheSettingsOfAContextBelowAreReported() {
		this.configured.run((parent) -> this.configured.withParent(parent)
			.withPropertyValues("agentsocket.ask-timeout=0s")
			.run((child) -> assertThat(child).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("agentsocket.ask-timeout")));
	}

	@Test
	void aContextAboveMayHoldNothingButTools() {
		this.plain.withBean(Above.class)
			.run((parent) -> this.configured.withParent(parent)
				.withBean(Below.class)
				.run((child) -> assertThat(names(child)).containsExactly("above", "below")));
	}

	@Test
	void catalogOfTheApplicationInAContextAboveIsLeftAsItIs() {
		ActionCatalog own = new ActionCatalog();
		this.plain.withBean("catalog", ActionCatalog.class, () -> own)
			.run((parent) -> this.configured.withParent(parent).withBean(Below.class).run((child) -> {
				assertThat(child.getBean(ActionCatalog.class)).isSameAs(own);
				assertThat(own.actions()).isEmpty();
			}));
	}

	private static List<String> names(ApplicationContext context) {
		return context.getBean(ActionCatalog.class).actions().stream().map(Action::name).toList();
	}

	static class Above {

		@AgentTool
		String above() {
			return "above";
		}

		@AgentEvent("event.above")
		void told() {
		}

	}

	static class Below {

		@AgentTool
		String below() {
			return "below";
		}

		@AgentEvent("event.below")
		void told() {
		}

	}

}
