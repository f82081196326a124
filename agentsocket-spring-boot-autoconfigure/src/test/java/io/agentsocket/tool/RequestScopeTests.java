package io.agentsocket.tool;

import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.web.context.annotation.RequestScope;
import org.springframework.web.context.annotation.SessionScope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans of a scope that is there only while a request is handled: an agent cannot call
 * them.
 */
@ExtendWith(OutputCaptureExtension.class)
class RequestScopeTests {

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aWarningNamesEachBeanWithTools(boolean web, CapturedOutput output) {
		scan(web ? new org.springframework.web.context.request.RequestScope() : null,
				web ? new org.springframework.web.context.request.SessionScope() : null);
		assertThat(output).containsOnlyOnce("Bean 'ofRequest' has the scope 'request'")
			.containsOnlyOnce("Bean 'ofSession' has the scope 'session'")
			.containsOnlyOnce("Bean 'unproxied' has the scope 'request'")
			.doesNotContain("'bystander'");
	}

	@Test
	void scopesOfTheApplicationWithTheSameNamesAreItsOwn(CapturedOutput output) {
		scan(new SimpleThreadScope(), new SimpleThreadScope());
		assertThat(output).doesNotContain("has the scope");
	}

	private static void scan(org.springframework.beans.factory.config.@Nullable Scope request,
			org.springframework.beans.factory.config.@Nullable Scope session) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			if (request != null && session != null) {
				context.getBeanFactory().registerScope("request", request);
				context.getBeanFactory().registerScope("session", session);
			}
			context.register(Config.class);
			context.refresh();
			assertThat(AgentTools.builder().build().scan(context)).hasSize(3);
		}
	}

	static class First {

		@AgentTool
		void first() {
		}

	}

	static class Second {

		@AgentTool
		void second() {
		}

	}

	static class Third {

		@AgentTool
		void third() {
		}

	}

	static class Bystander {

	}

	@Configuration(proxyBeanMethods = false)
	static class Config {

		@Bean
		@RequestScope
		First ofRequest() {
			return new First();
		}

		@Bean
		@SessionScope
		Second ofSession() {
			return new Second();
		}

		@Bean
		@Scope("request")
		Third unproxied() {
			return new Third();
		}

		@Bean
		@RequestScope
		Bystander bystander() {
			return new Bystander();
		}

	}

}
