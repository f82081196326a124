package io.agentsocket.autoconfigure;

import io.agentsocket.Await;
import io.agentsocket.OwnEventLoops;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Exceptions that an application has for its HTTP endpoints, thrown by tools of an
 * application and seen by an agent.
 */
class HttpErrorTests {

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		application = start(Application.class);
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	private static ConfigurableApplicationContext start(Class<?>... sources) {
		return new SpringApplicationBuilder(sources).run("--server.port=0", "--server.address=127.0.0.1",
				"--agentsocket.server.drain-spread=0s");
	}

	private static ActionException invoke(String tool, ConfigurableApplicationContext context) {
		AgentSocketClient agent = AgentSocketClient
			.builder("ws://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port")
					+ "/agentsocket")
			.build();
		try {
			return catchThrowableOfType(ActionException.class,
					() -> agent.invoke(tool).toMono(String.class).block(Await.LONG));
		}
		finally {
			agent.close().block(Await.LONG);
		}
	}

	@ParameterizedTest
	@CsvSource({ "boats.find, NOT_FOUND, No such boat", "boats.later, ABORTED, Taken meanwhile",
			"boats.sold, NOT_FOUND, Sold out" })
	void statusMeansToAnAgentWhatItMeansToABrowser(String tool, ErrorCode code, String text) {
		ActionException error = invoke(tool, application);
		assertThat(error.errorCode()).isEqualTo(code);
		assertThat(error.text()).isEqualTo(text);
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(error.correlation()).isNull();
	}

	@Test
	void resolversOfTheApplicationComeFirst() {
		try (ConfigurableApplicationContext context = start(Application.class, Own.class)) {
			assertThat(invoke("boats.find", context).code()).isEqualTo(1001);
		}
	}

	@ResponseStatus(code = HttpStatus.GONE, reason = "Sold out")
	static class SoldException extends RuntimeException {

		private static final long serialVersionUID = 1L;

	}

	@AgentTool("boats")
	static class Boats {

		@AgentTool(description = "Find a boat")
		String find() {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND, "No such boat");
		}

		@AgentTool(description = "Take a boat later")
		Mono<String> later() {
			return Mono.error(new ResponseStatusException(HttpStatus.CONFLICT, "Taken meanwhile"));
		}

		@AgentTool(description = "Buy a boat")
		String sold() {
			throw new SoldException();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(OwnEventLoops.class)
	static class Application {

		@Bean
		Boats boats() {
			return new Boats();
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Own {

		@Bean
		ErrorResolver resolver() {
			return (error, exchange) -> new ActionException(1001, "mine");
		}

	}

}
