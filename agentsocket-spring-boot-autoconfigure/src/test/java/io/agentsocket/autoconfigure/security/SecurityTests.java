package io.agentsocket.autoconfigure.security;

import java.time.Duration;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.PlainPasswords;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.HelloAuthenticator;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools in an application with Spring Security: the upgrade request is authenticated,
 * method security sees who it was.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class SecurityTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	private AgentSocketClientBuilder client() {
		return AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket");
	}

	private void as(String user, Consumer<AgentSocketClient> test) {
		AgentSocketClient client = client().headers((headers) -> headers.setBasicAuth(user, "password")).build();
		test.accept(client);
		Await.end(client.close());
	}

	private static void fails(AgentSocketClient client, String action, ErrorCode code, String text) {
		StepVerifier.create(Await.ended(client.invoke(action).toMono(String.class))).expectErrorSatisfies((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(code);
			assertThat(error).hasMessage(text);
		}).verify(TIMEOUT);
	}

	@Test
	void methodSecurityLetsThoseInWhoMay() {
		as("admin",
				(client) -> StepVerifier.create(Await.ended(client.invoke("restricted").toMono(String.class)))
					.expectNext("for admin")
					.expectComplete()
					.verify(TIMEOUT));
	}

	@Test
	void methodSecurityKeepsOthersOut() {
		as("user", (client) -> fails(client, "restricted", ErrorCode.NOT_FOUND, "There is no such action"));
	}

	@Test
	void aFailedAuthenticationHasItsOwnCodeAndNoText() {
		as("user", (client) -> fails(client, "stale", ErrorCode.UNAUTHENTICATED, "Authentication is required"));
	}

	@Test
	void anUpgradeWithoutAuthenticationIsRefused() {
		AgentSocketClient client = client().build();
		StepVerifier.create(Await.ended(client.connect()))
			.expectErrorSatisfies((error) -> assertThat(error).hasMessageContaining("401"))
			.verify(TIMEOUT);
		assertThat(client.state()).isEqualTo(ConnectionState.REFUSED);
		Await.end(client.close());
	}

	@Test
	void aTokenInHelloIsRequiredWhereThereIsAnAuthenticator() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.initializers((created) -> ((GenericApplicationContext) created).registerBean(HelloAuthenticator.class,
					() -> (token, handshake) -> Mono.empty()))
			.run("--server.port=0", "--server.address=127.0.0.1", "--spring.profiles.active=open")) {
			AgentSocketClient client = AgentSocketClient
				.builder("ws://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port")
						+ "/agentsocket")
				.build();
			StepVerifier.create(Await.ended(client.connect()))
				.expectErrorSatisfies((error) -> assertThat(error).hasMessageContaining("4501"))
				.verify(TIMEOUT);
			Await.end(client.close());
		}
	}

	@Test
	void needsNoSpringSecurity() {
		ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
				AutoConfigurations.of(AgentSocketAutoConfiguration.class, AgentSocketSecurityAutoConfiguration.class));
		String resolver = "io.agentsocket.securityErrorResolver";
		runner.run((context) -> assertThat(context).getBean(resolver).isInstanceOf(ErrorResolver.class));
		runner.withClassLoader(new FilteredClassLoader("org.springframework.security"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(resolver));
	}

	static class SecuredTools {

		@AgentTool
		@PreAuthorize("hasRole('ADMIN')")
		public Mono<String> restricted() {
			return ReactiveSecurityContextHolder.getContext()
				.map((context) -> "for " + context.getAuthentication().getName());
		}

		@AgentTool
		public Mono<String> stale() {
			return Mono.error(new BadCredentialsException("secret details"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	static class Application {

		@Bean
		SecuredTools securedTools() {
			return new SecuredTools();
		}

		@Bean
		@Profile("open")
		SecurityWebFilterChain open(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).build();
		}

		@Bean
		PlainPasswords passwords() {
			return new PlainPasswords();
		}

		@Bean
		MapReactiveUserDetailsService users() {
			return new MapReactiveUserDetailsService(
					User.withUsername("admin").password("{noop}password").roles("ADMIN").build(),
					User.withUsername("user").password("{noop}password").roles("USER").build());
		}

	}

}
