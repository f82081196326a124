package com.example.servlet;

import javax.crypto.spec.SecretKeySpec;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/**
 * Orders, for people over HTTP, for agents over a socket and for hosts of MCP, behind one
 * filter chain.
 */
@SpringBootApplication
@EnableMethodSecurity
public class ServletApplication {

	/** The secret of the tokens: a real application has the keys of its issuer. */
	static final String SECRET = "a secret of this sample, which is no secret";

	@Bean
	SecurityFilterChain chain(HttpSecurity http) throws Exception {
		return http
			.authorizeHttpRequests((requests) -> requests.requestMatchers("/public", "/agentsocket")
				.permitAll()
				.anyRequest()
				.authenticated())
			.httpBasic(Customizer.withDefaults())
			.formLogin(Customizer.withDefaults())
			.x509(Customizer.withDefaults())
			.oauth2ResourceServer((server) -> server.jwt(Customizer.withDefaults()))
			.csrf((csrf) -> csrf.ignoringRequestMatchers("/agentsocket/ticket", "/mcp"))
			.build();
	}

	@Bean
	JwtDecoder tokens() {
		return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(SECRET.getBytes(), "HmacSHA256")).build();
	}

	@Bean
	UserDetailsService users() {
		return new InMemoryUserDetailsManager(User.withUsername("ann").password("{noop}secret").roles("USER").build(),
				User.withUsername("bob").password("{noop}secret").roles("ADMIN").build());
	}

	public static void main(String[] args) {
		SpringApplication.run(ServletApplication.class, args);
	}

}
