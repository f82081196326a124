package io.agentsocket.autoconfigure.action;

import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.autoconfigure.Failures;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketActionAutoConfiguration} and of how tools get into its
 * catalog, without a web application.
 */
@ExtendWith(OutputCaptureExtension.class)
class AgentSocketActionAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class));

	@Test
	void catalogHasToolsAndActionBeans() {
		this.runner.withUserConfiguration(Tools.class)
			.run((context) -> assertThat(names(context.getBean(ActionCatalog.class))).containsExactly("bean", "hello"));
	}

	@Test
	void catalogIsFilledInALazyApplication() {
		this.runner.withUserConfiguration(Tools.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(names(context.getBean(ActionCatalog.class))).containsExactly("bean", "hello"));
	}

	@Test
	void catalogOfTheApplicationIsLeftAsItIs() {
		ActionCatalog own = new ActionCatalog();
		this.runner.withUserConfiguration(Tools.class).withBean(ActionCatalog.class, () -> own).run((context) -> {
			assertThat(context.getBean(ActionCatalog.class)).isSameAs(own);
			assertThat(own.actions()).isEmpty();
		});
	}

	@Test
	void failsWhenANameIsTaken() {
		this.runner.withUserConfiguration(Tools.class)
			.withBean("other", Action.class, () -> Action.named("hello").handler((exchange) -> Mono.empty()))
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure()).isInstanceOf(ActionNameTakenException.class);
				assertThat(new ActionNameTakenFailureAnalyzer().analyze(context.getStartupFailure()).getDescription())
					.contains("'hello'");
			});
	}

	@Test
	void namesAllThatAreTaken() {
		this.runner.withBean("a1", Action.class, () -> Action.named("a").handler((exchange) -> Mono.empty()))
			.withBean("a2", Action.class, () -> Action.named("a").handler((exchange) -> Mono.empty()))
			.withBean("b1", Action.class, () -> Action.named("b").handler((exchange) -> Mono.empty()))
			.withBean("b2", Action.class, () -> Action.named("b").handler((exchange) -> Mono.empty()))
			.run((context) -> assertThat(
					new ActionNameTakenFailureAnalyzer().analyze(context.getStartupFailure()).getDescription())
				.contains("'a'", "'b'"));
	}

	@Test
	void attributesThatAClassDoesNotHandOnAreNamed(CapturedOutput output) {
		this.runner.withBean(Careful.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce("Careful these have no effect: approval, timeout. Set them on the methods");
		assertThat(output).doesNotContain("Tools these have no effect");
	}

	@Test
	void needsNoToolsWithoutSchemaLibraries() {
		this.runner.withClassLoader(new FilteredClassLoader("com.github.victools"))
			.withUserConfiguration(Tools.class)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(AgentTools.class);
				assertThat(names(context.getBean(ActionCatalog.class))).containsExactly("bean");
			});
	}

	@Test
	void worksWithoutValidation() {
		this.runner.withClassLoader(new FilteredClassLoader("jakarta.validation"))
			.withUserConfiguration(Tools.class)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(AgentToolsCustomizer.class);
				assertThat(names(context.getBean(ActionCatalog.class))).containsExactly("bean", "hello");
			});
	}

	@Test
	void refusesAnAskTimeoutOfNothing() {
		this.runner.withPropertyValues("agentsocket.ask-timeout=0s")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.ask-timeout"));
	}

	private static List<String> names(ActionCatalog catalog) {
		return catalog.actions().stream().map(Action::name).toList();
	}

	static class HelloTools {

		@AgentTool
		Mono<String> hello() {
			return Mono.just("hello");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Tools {

		@Bean
		HelloTools helloTools() {
			return new HelloTools();
		}

		@Bean
		Action bean() {
			return Action.named("bean").handler((exchange) -> Mono.empty());
		}

	}

	@AgentTool(value = "careful", tags = "all", approval = true, timeout = "5s")
	static class Careful {

		@AgentTool(description = "Erases all")
		String erase() {
			return "erased";
		}

	}

}
