package com.example.servlet;

import java.time.Duration;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A server without the libraries of WebFlux and of Reactor Netty.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class BareServerTests {

	@LocalServerPort
	int port;

	@Test
	void servesWithoutWebFluxAndWithoutReactorNetty() throws Exception {
		assertThat(isPresent("org.springframework.web.reactive.DispatcherHandler")).isFalse();
		assertThat(isPresent("reactor.netty.http.server.HttpServer")).isEqualTo(!Boolean.getBoolean("without.netty"));
		try (PlainAgent agent = new PlainAgent(this.port)) {
			assertThat(agent.hello(Tokens.of("ann"))).isTrue();
		}
	}

	@Test
	void aClientSaysWhatItMisses() {
		AgentSocketClientBuilder client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket");
		if (Boolean.getBoolean("without.netty")) {
			assertThatIllegalStateException().isThrownBy(client::build)
				.withMessageContaining("io.projectreactor.netty:reactor-netty-http");
		}
		else {
			client.build().close().block(Duration.ofSeconds(60));
		}
	}

	@Test
	void aClientThatIsConfiguredSaysSoAtTheStart() {
		assumeThat(Boolean.getBoolean("without.netty")).isTrue();
		assertThatException()
			.isThrownBy(() -> new SpringApplicationBuilder(Agent.class).web(WebApplicationType.NONE)
				.run("--agentsocket.client.uri=ws://127.0.0.1:" + this.port + "/agentsocket"))
			.havingRootCause()
			.withMessageContaining("agentsocket.client.uri")
			.withMessageContaining("Reactor Netty");
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, null);
	}

	/** An application that is a client of the server, and nothing else. */
	@EnableAutoConfiguration
	static class Agent {

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class Container {

		@Bean
		TomcatServletWebServerFactory container() {
			return new TomcatServletWebServerFactory();
		}

	}

}
