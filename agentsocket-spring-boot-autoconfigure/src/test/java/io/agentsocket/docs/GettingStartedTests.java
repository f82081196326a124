package io.agentsocket.docs;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.docs.WeatherTools.Weather;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The snippets of {@code README.md} and {@code docs/getting-started.md}, in one
 * application.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class GettingStartedTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	private AgentSocketClient agent;

	@BeforeEach
	void connect() {
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket").build();
	}

	@AfterEach
	void close() {
		Await.end(this.agent.close());
	}

	private AgentSocketClient agentOfReadme() {
		// tag::agent[]
		AgentSocketClient agent = AgentSocketClient.builder("ws://localhost:8080/agentsocket").build();
		// end::agent[]
		return agent;
	}

	private Mono<Weather> call(AgentSocketClient agent) {
		// tag::call[]
		Mono<Weather> weather = agent.invoke("weather.current")
			.arguments(Map.of("city", "Berlin"))
			.toMono(Weather.class);
		// end::call[]
		return weather;
	}

	private Flux<Weather> stream(AgentSocketClient agent) {
		// tag::stream[]
		Flux<Weather> days = agent.invoke("weather.forecast")
			.arguments(Map.of("city", "Berlin", "days", 3))
			.timeout(Duration.ofSeconds(5))
			.toFlux(Weather.class);
		// end::stream[]
		return days;
	}

	private Mono<List<String>> discover(AgentSocketClient agent) {
		// tag::discover[]
		Mono<List<String>> names = agent.actions()
			.map((actions) -> actions.stream().map((action) -> action.name() + ": " + action.description()).toList());
		// end::discover[]
		return names;
	}

	private Mono<Weather> failing(AgentSocketClient agent) {
		// tag::error[]
		Mono<Weather> weather = agent.invoke("weather.forecast")
			.arguments(Map.of("days", 30))
			.toMono(Weather.class)
			.doOnError(ActionException.class, (error) -> error.violations().forEach(this::explain));
		// end::error[]
		return weather;
	}

	private void explain(Object violation) {
		assertThat(violation.toString()).isNotEmpty();
	}

	@Test
	void buildsTheAgentOfTheReadme() {
		AgentSocketClient built = agentOfReadme();
		assertThat(built.state()).hasToString("IDLE");
		Await.end(built.close());
	}

	@Test
	void calls() {
		StepVerifier.create(Await.ended(call(this.agent)))
			.expectNext(new Weather("Berlin", 21.5))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void streams() {
		StepVerifier.create(Await.ended(stream(this.agent))).expectNextCount(3).expectComplete().verify(TIMEOUT);
	}

	@Test
	void discovers() {
		StepVerifier.create(Await.ended(discover(this.agent)))
			.expectNext(List.of("weather.current: Current weather of a city",
					"weather.forecast: Weather of the days to come"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void reportsEveryViolation() {
		StepVerifier.create(Await.ended(failing(this.agent))).expectErrorSatisfies((error) -> {
			ActionException exception = (ActionException) error;
			assertThat(exception.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(exception.violations()).extracting((violation) -> violation.pointer())
				.containsExactlyInAnyOrder("/city", "/days");
		}).verify(TIMEOUT);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(WeatherTools.class)
	static class Application {

		@Bean
		SecurityWebFilterChain everybody(ServerHttpSecurity http) {
			return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

	}

}
