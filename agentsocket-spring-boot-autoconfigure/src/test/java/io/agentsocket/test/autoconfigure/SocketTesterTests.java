package io.agentsocket.test.autoconfigure;

import io.agentsocket.PlainPasswords;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.ExpectedValue;
import io.agentsocket.test.RunningInvocation;
import io.agentsocket.test.autoconfigure.slice.Prices;
import io.agentsocket.test.autoconfigure.slice.StockTools;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A whole application, through the network.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "agentsocket.server.path=/agents")
@AutoConfigureAgentSocketTester
class SocketTesterTests {

	@Autowired
	private AgentSocketTester agent;

	@Test
	void goesOnAfterACutConnection() {
		RunningInvocation<Integer> counting = this.agent.invoke("stock.count").start(Integer.class);
		counting.expectNext(1);
		String session = this.agent.sessionId();
		this.agent.cut();
		price().isEqualTo(8);
		this.agent.disconnect();
		this.agent.reconnect();
		price().isEqualTo(8);
		assertThat(this.agent.session().id()).isEqualTo(session);
		assertThat(this.agent.client().traffic().toString()).isNotEmpty();
	}

	private ExpectedValue<Integer> price() {
		return this.agent.invoke("stock.price")
			.argument("item", "book")
			.argument("count", 2)
			.expectValue(Integer.class);
	}

	@Test
	void isWhoeverTheServerTakesItFor() {
		AgentSocketTester owner = this.agent.mutate().header("Authorization", "Basic b3duZXI6c2VjcmV0").build();
		owner.invoke("stock.close").expectText().isEqualTo("closed");
		this.agent.expectNoAction("stock.close");
		AgentSocketTester guest = this.agent.as("guest");
		assertThatIllegalStateException().isThrownBy(guest::actions).withMessageContaining("bearerToken");
	}

	@Test
	void knowsOnePodOnly() {
		assertThatIllegalStateException().isThrownBy(this.agent::moveToAnotherPod)
			.withMessageContaining("AgentSocketTester.connectTo");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableMethodSecurity
	@Import({ StockTools.class, Prices.class })
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
				.httpBasic(Customizer.withDefaults())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

		@Bean
		PlainPasswords passwords() {
			return new PlainPasswords();
		}

		@Bean
		MapReactiveUserDetailsService users() {
			return new MapReactiveUserDetailsService(
					User.withUsername("owner").password("{noop}secret").roles("OWNER").build());
		}

	}

}
