package io.agentsocket.autoconfigure;

import java.time.Instant;

import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.security.AgentSocketSecurityAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketWebFluxAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.server.HelloAuthenticator;
import io.agentsocket.session.Identities;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans for tokens and tickets: when there are which, and when they step back.
 */
class SecurityConfigurationTests {

	private static final String TICKETS = "io.agentsocket.ticketHandlerMapping";

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, WebFluxAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketSecurityAutoConfiguration.class,
				AgentSocketServerAutoConfiguration.class, AgentSocketWebFluxAutoConfiguration.class))
		.withPropertyValues("agentsocket.session.store=memory");

	@Test
	void withoutTokensHelloIsNotAuthenticated() {
		this.runner
			.run((context) -> assertThat(context).doesNotHaveBean(HelloAuthenticator.class).doesNotHaveBean(TICKETS));
	}

	@Test
	void aDecoderIsEnoughAndAnonymousAgentsAreRefused() {
		this.runner.withBean(ReactiveJwtDecoder.class, () -> (token) -> Mono.error(new BadJwtException("no")))
			.run((context) -> assertThat(context.getBean(HelloAuthenticator.class).isRequired()).isTrue());
		this.runner.withBean(JwtDecoder.class, () -> (token) -> {
			throw new BadJwtException("no");
		}).run((context) -> assertThat(context).hasSingleBean(HelloAuthenticator.class));
	}

	@Test
	void anonymousAgentsAreLetInWhereThatIsMeant() {
		this.runner.withBean(ReactiveJwtDecoder.class, () -> (token) -> Mono.error(new BadJwtException("no")))
			.withPropertyValues("agentsocket.security.allow-anonymous=true")
			.run((context) -> assertThat(context.getBean(HelloAuthenticator.class).isRequired()).isFalse());
	}

	@Test
	void anAuthenticatorOfTheApplicationReplacesIt() {
		HelloAuthenticator own = (token, handshake) -> Mono.empty();
		this.runner.withBean("own", HelloAuthenticator.class, () -> own)
			.withPropertyValues("agentsocket.security.tickets.enabled=true")
			.run((context) -> assertThat(context.getBean(HelloAuthenticator.class)).isSameAs(own));
	}

	@Test
	void ticketsAreThereWhenTheyAreEnabled() {
		this.runner.withPropertyValues("agentsocket.security.tickets.enabled=true")
			.run((context) -> assertThat(context).hasSingleBean(HelloAuthenticator.class).hasBean(TICKETS));
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.security.oauth2"))
			.withPropertyValues("agentsocket.security.tickets.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(HelloAuthenticator.class));
	}

	@ParameterizedTest
	@CsvSource({ "/, /ticket", "/agents/, /agents/ticket", "/agents, /agents/ticket" })
	void ticketsAreBehindEveryPath(String path, String ticket) {
		this.runner.withPropertyValues("agentsocket.security.tickets.enabled=true", "agentsocket.server.path=" + path)
			.run((context) -> assertThat(context.getBean(TICKETS, SimpleUrlHandlerMapping.class).getUrlMap())
				.containsOnlyKeys(ticket));
	}

	@Test
	void expiryCanBeLeftAside() {
		TestingAuthenticationToken token = new TestingAuthenticationToken("alice",
				Jwt.withTokenValue("t")
					.header("alg", "none")
					.subject("alice")
					.expiresAt(Instant.parse("2100-01-01T00:00:00Z"))
					.build());
		this.runner.run((context) -> assertThat(context.getBean(Identities.class).expiresAt(token)).isNotNull());
		this.runner.withPropertyValues("agentsocket.security.close-expired=false")
			.run((context) -> assertThat(context.getBean(Identities.class).expiresAt(token)).isNull());
	}

}
