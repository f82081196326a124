package io.agentsocket.docs;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.AgentSocketServer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract of a container in AWS Bedrock AgentCore Runtime, as
 * {@code docs/platforms/aws-agentcore.md} has it: sockets at {@code /ws}, and
 * {@code /ping}, on one port.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "server.address=127.0.0.1", "agentsocket.server.path=/ws" })
class AgentCoreTests {

	@LocalServerPort
	private int port;

	private String ping() throws Exception {
		HttpResponse<String> answer = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + "/ping")).build(),
					HttpResponse.BodyHandlers.ofString());
		assertThat(answer.statusCode()).isEqualTo(200);
		return answer.body();
	}

	@Test
	void pingTellsWhetherAnAgentIsConnected() throws Exception {
		assertThat(ping()).isEqualTo("{\"status\":\"Healthy\"}");
		AgentSocketClient agent = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/ws").build();
		agent.connect().block(Await.LONG);
		assertThat(ping()).isEqualTo("{\"status\":\"HealthyBusy\"}");
		agent.close().block(Await.LONG);
		Await.until(() -> {
			try {
				return ping().equals("{\"status\":\"Healthy\"}");
			}
			catch (Exception ex) {
				return false;
			}
		});
	}

	// tag::ping[]
	@RestController
	static class Ping {

		private final AgentSocketServer server;

		Ping(AgentSocketServer server) {
			this.server = server;
		}

		@GetMapping("/ping")
		Map<String, Object> ping() {
			boolean busy = this.server.connections() > 0 || !this.server.isIdle();
			return Map.of("status", busy ? "HealthyBusy" : "Healthy");
		}

	}
	// end::ping[]

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Ping.class)
	static class Application {

		@Bean
		SecurityWebFilterChain security(ServerHttpSecurity http) {
			return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

	}

}
