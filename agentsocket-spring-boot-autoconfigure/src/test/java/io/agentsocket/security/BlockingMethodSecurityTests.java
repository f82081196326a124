package io.agentsocket.security;

import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools with {@link EnableMethodSecurity}, which looks at the thread.
 */
class BlockingMethodSecurityTests extends MethodSecurityContract {

	@Override
	boolean offers(String tool) {
		// It checks and filters the publisher itself in place of what it publishes.
		return !tool.equals("mono.after") && !tool.equals("flux.filtered");
	}

	@ParameterizedTest
	@ValueSource(strings = { "secured.value", "secured.mono" })
	void securedHoldsWhereItIsEnabled(String tool) {
		assertThat(results(as("admin").invoke(tool))).containsExactly("done");
		isDenied(as("alice").invoke(tool), ErrorCode.PERMISSION_DENIED, "Access is denied");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableMethodSecurity(securedEnabled = true)
	static class Application extends Common {

		@Bean
		SecuredTools.WithSecured withSecured() {
			return new SecuredTools.WithSecured();
		}

	}

}
