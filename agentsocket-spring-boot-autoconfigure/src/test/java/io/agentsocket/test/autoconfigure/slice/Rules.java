package io.agentsocket.test.autoconfigure.slice;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * Enables the rules on tools, beside filter chains that need the web layer and a bean of
 * the application.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@EnableMethodSecurity
public class Rules {

	@Bean
	SecurityFilterChain servletChain(HttpSecurity http, Database users) {
		throw new IllegalStateException("Not in a slice");
	}

	@Bean
	SecurityWebFilterChain reactiveChain(ServerHttpSecurity http, Database users) {
		throw new IllegalStateException("Not in a slice");
	}

	@Bean
	AuthenticationManager manager(HttpSecurity http, Database users) {
		throw new IllegalStateException("Not in a slice");
	}

	@Bean
	Greeting greeting() {
		return new Greeting("good morning");
	}

	/**
	 * A bean beside the chains that a tool needs.
	 *
	 * @param text its text
	 */
	public record Greeting(String text) {

	}

}
