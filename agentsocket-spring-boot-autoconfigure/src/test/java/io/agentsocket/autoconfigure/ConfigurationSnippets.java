package io.agentsocket.autoconfigure;

import java.time.Duration;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Code that {@code docs/configuration.md} shows.
 */
@Configuration(proxyBeanMethods = false)
class ConfigurationSnippets {

	// tag::freshTokens[]
	@Bean
	AgentSocketClientCustomizer freshTokens(TokenSource tokens) {
		return (builder) -> builder.bearerToken(tokens::current);
	}
	// end::freshTokens[]

	// tag::shorterDrain[]
	@Bean
	AgentSocketServerCustomizer shorterDrain() {
		return (builder) -> builder.settings((settings) -> settings.drainTimeout(Duration.ofSeconds(3)));
	}
	// end::shorterDrain[]

	interface TokenSource {

		String current();

	}

}
