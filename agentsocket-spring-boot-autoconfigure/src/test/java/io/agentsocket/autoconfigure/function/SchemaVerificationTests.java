package io.agentsocket.autoconfigure.function;

import java.time.Duration;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.actuate.AgentSocketFunctionHealthIndicator;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.actuate.AgentSocketFunctionHealthAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.tool.ToolSchemaCustomizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Types of which no schema can be made, in an application that is a function.
 */
@ExtendWith(OutputCaptureExtension.class)
class SchemaVerificationTests {

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
				AgentSocketFunctionAutoConfiguration.class, AgentSocketFunctionHealthAutoConfiguration.class))
		.withPropertyValues("agentsocket.function.enabled=true", "agentsocket.function.unsigned=true");

	private ApplicationContextRunner withMistakes() {
		return this.application.withBean(Tools.class)
			.withBean(ToolSchemaCustomizer.class,
					() -> (builder) -> builder.forTypesInGeneral().withCustomDefinitionProvider((type, context) -> {
						if (type.getErasedType() == Odd.class) {
							throw new IllegalStateException("Odd is odd");
						}
						return null;
					}));
	}

	@Test
	void mistakesEndTheStartTogetherWhenThatIsWanted() {
		withMistakes().withPropertyValues("agentsocket.function.verify=start")
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("first")
				.hasStackTraceContaining("second")
				.hasStackTraceContaining("Odd is odd"));
	}

	@Test
	void mistakesAreLoggedTogetherAWhileAfterTheStart(CapturedOutput output) {
		withMistakes().run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(SchemaVerification.class);
			FunctionEndpoint endpoint = context.getBean(FunctionEndpoint.class);
			AgentSocketFunctionHealthIndicator health = context.getBean(AgentSocketFunctionHealthIndicator.class);
			assertThat(health.health().getStatus()).isEqualTo(Status.UP);
			assertThat(endpoint.mistakes()).isNull();
			SchemaVerification now = new SchemaVerification(endpoint, Duration.ZERO);
			now.start();
			Await.until("the health", () -> health.health().getStatus().equals(Status.DOWN));
			now.stop();
			assertThat(endpoint.mistakes()).hasSize(2);
			Health down = health.health();
			assertThat((List<?>) down.getDetails().get("schemas")).asString().contains("first", "second", "Odd is odd");
			Await.untilAsserted(() -> assertThat(output.getAll()).contains("2 actions", "first: ", "second: "));
		});
	}

	@Test
	void functionWhoseSchemasCanBeMadeIsUp() {
		this.application.withBean(Tools.class).run((context) -> {
			FunctionEndpoint endpoint = context.getBean(FunctionEndpoint.class);
			assertThat(endpoint.verify()).isEmpty();
			Health health = context.getBean(AgentSocketFunctionHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("schemas", "made");
		});
	}

	@Test
	void nobodyLooksWhereThatIsNotWanted() {
		this.application.withPropertyValues("agentsocket.function.verify=never")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SchemaVerification.class));
	}

	static class Tools {

		@AgentTool
		String first(Odd odd) {
			return odd.name();
		}

		@AgentTool
		String second(Odd odd, int count) {
			return odd.name() + count;
		}

		@AgentTool
		String third(String text) {
			return text;
		}

	}

	/** A type that some schemas cannot say. */
	record Odd(String name) {
	}

}
