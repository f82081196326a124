package io.agentsocket.docs;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

import static org.springframework.security.config.Customizer.withDefaults;

/**
 * Code that {@code docs/servlet.md} shows.
 */
class ServletSnippets {

	// tag::chain[]
	@Configuration
	@EnableMethodSecurity
	static class SecurityConfiguration {

		@Bean
		SecurityFilterChain agents(HttpSecurity http) throws Exception {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.oauth2ResourceServer((server) -> server.jwt(withDefaults()))
				.build();
		}

	}
	// end::chain[]

}
