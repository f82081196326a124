package io.agentsocket.autoconfigure.tool;

import java.util.List;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import jakarta.validation.constraints.Size;
import org.junit.jupiter.api.Test;
import org.mockito.BDDMockito;
import org.mockito.Mockito;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.validation.beanvalidation.OptionalValidatorFactoryBean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The validator of tools is that of the application.
 */
class ToolValidationTests {

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class))
		.withBean(Search.class);

	/** WebFlux has such a bean for its controllers. */
	@Test
	void aValidatorWithoutAProviderIsNone() {
		this.runner.withBean("webFluxValidator", OptionalValidatorFactoryBean.class, () -> {
			OptionalValidatorFactoryBean validator = new OptionalValidatorFactoryBean();
			validator.setValidationProviderResolver(List::of);
			return validator;
		}).run((context) -> assertThat(context.getBean(ActionCatalog.class).actions()).hasSize(1));
	}

	@Test
	void aValidatorWithAProviderIsUsed() {
		OptionalValidatorFactoryBean validator = Mockito.spy(new OptionalValidatorFactoryBean());
		this.runner.withBean("webFluxValidator", OptionalValidatorFactoryBean.class, () -> validator)
			.run((context) -> assertThat(context.getBean(ActionCatalog.class).actions()).hasSize(1));
		BDDMockito.then(validator).should(Mockito.atLeastOnce()).usingContext();
	}

	static class Search {

		@AgentTool(description = "Finds things.")
		String find(@Size(min = 3) String words) {
			return words;
		}

	}

}
