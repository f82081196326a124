package io.agentsocket.security;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.web.server.ServerWebExchange;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent that has connected with the web session of nobody, which somebody logs in to
 * later.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = { "server.address=127.0.0.1",
		"agentsocket.session.store=memory", "agentsocket.security.hide-denied=false" })
class LaterLoginTests {

	private static final AtomicBoolean LOGGED_IN = new AtomicBoolean();

	@LocalServerPort
	private int port;

	private AgentSocketClient agent;

	@AfterEach
	void close() {
		LOGGED_IN.set(false);
		this.agent.close().block(Await.LONG);
	}

	@Test
	void anAgentThatIsNobodyStaysNobody() {
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket").build();
		assertThat(MethodSecurityContract.results(this.agent.invoke("reactive"))).isEmpty();
		LOGGED_IN.set(true);
		for (String tool : List.of("mono.own", "value.own")) {
			MethodSecurityContract.isDenied(this.agent.invoke(tool).arguments(Map.of("owner", "alice")),
					ErrorCode.UNAUTHENTICATED, "Authentication is required");
		}
		assertThat(MethodSecurityContract.results(this.agent.invoke("reactive"))).isEmpty();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.securityContextRepository(new Session())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

		@Bean
		SecuredTools.Plain plain() {
			return new SecuredTools.Plain();
		}

		@Bean
		SecuredTools.Reactive reactive() {
			return new SecuredTools.Reactive();
		}

		@Bean
		SecuredTools.Askers askers() {
			return new SecuredTools.Askers();
		}

	}

	/** Looks anew whenever it is asked, as that of a web session does. */
	private static final class Session implements ServerSecurityContextRepository {

		@Override
		public Mono<Void> save(ServerWebExchange exchange, SecurityContext context) {
			return Mono.empty();
		}

		@Override
		public Mono<SecurityContext> load(ServerWebExchange exchange) {
			return Mono.fromSupplier(() -> LOGGED_IN.get()
					? new SecurityContextImpl(new TestingAuthenticationToken("alice", "", "ROLE_USER")) : null);
		}

	}

}
