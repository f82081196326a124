package io.agentsocket.autoconfigure;

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

	interface TokenSource {

		String current();

	}

}
