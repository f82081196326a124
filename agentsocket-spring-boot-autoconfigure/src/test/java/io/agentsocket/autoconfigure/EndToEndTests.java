package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.ToolArgumentResolver;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with nothing but tools, called over a real socket, beside other
 * endpoints of the application.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = { "server.address=127.0.0.1",
		"spring.webflux.base-path=/base", "agentsocket.server.hello-timeout=60s" })
class EndToEndTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	@Autowired
	private ActionCatalog catalog;

	private AgentSocketClient client;

	@BeforeEach
	void open() {
		this.client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/base/agentsocket").build();
	}

	@AfterEach
	void close() {
		Await.end(this.client.close());
	}

	@Test
	void invokesTools() {
		StepVerifier
			.create(Await
				.ended(this.client.invoke("weather.current").arguments(Map.of("city", "Berlin")).toMono(Weather.class)))
			.expectNext(new Weather("Berlin", 21.5))
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(this.client.invoke("weather.thread").toMono(String.class)))
			.assertNext((thread) -> assertThat(thread).startsWith("task-"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void invokesToolsWithJson() {
		AgentSocketClient json = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/base/agentsocket")
			.codec(JacksonCodec.json())
			.build();
		StepVerifier
			.create(Await
				.ended(json.invoke("weather.current").arguments(Map.of("city", "Berlin")).toMono(Weather.class)))
			.expectNext(new Weather("Berlin", 21.5))
			.expectComplete()
			.verify(TIMEOUT);
		Await.end(json.close());
	}

	@Test
	void streams() {
		StepVerifier.create(Await.ended(this.client.invoke("weather.forecast")
			.arguments(Map.of("days", 5))
			.toFlux(Weather.class)
			.collectList())).assertNext((days) -> assertThat(days).hasSize(5)).expectComplete().verify(TIMEOUT);
	}

	@Test
	void invokesActionBeans() {
		StepVerifier.create(Await.ended(this.client.invoke("bean").toMono(String.class)))
			.expectNext("of a bean")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void usesResolversOfTheApplication() {
		StepVerifier.create(Await.ended(this.client.invoke("weather.tenant").toMono(String.class)))
			.expectNext("acme")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(this.client.invoke("weather.broken").toMono(String.class)))
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).code()).isEqualTo(1001))
			.verify(TIMEOUT);
	}

	@Test
	void reportsAllViolations() {
		StepVerifier.create(Await.ended(
				this.client.invoke("weather.checked").arguments(Map.of("city", " ", "days", 99)).toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				ActionException exception = (ActionException) error;
				assertThat(exception.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
				assertThat(exception.violations()).extracting(Violation::pointer)
					.containsExactlyInAnyOrder("/city", "/days");
			})
			.verify(TIMEOUT);
	}

	@Test
	void tellsClientsAboutActionsThatAppearAndGo() {
		StepVerifier
			.create(Await.ended(this.client.actions().map((all) -> all.stream().map(ActionDescriptor::name).toList())))
			.assertNext((names) -> assertThat(names).contains("bean", "weather.current").doesNotContain("late"))
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(this.client.changes().take(2))
			.then(() -> this.catalog.add(Action.named("late").handler((exchange) -> Mono.just("came"))))
			.assertNext((change) -> assertThat(change.isAvailable()).isTrue())
			.then(() -> this.catalog.remove("late"))
			.assertNext((change) -> assertThat(change.isAvailable()).isFalse())
			.expectComplete()
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@ValueSource(ints = { 200_000, 900_000 })
	void takesLargeArguments(int size) {
		StepVerifier.create(Await.ended(
				this.client.invoke("weather.length").arguments(Map.of("text", "x".repeat(size))).toMono(Integer.class)))
			.expectNext(size)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void leavesOtherEndpointsAlone() {
		WebClient http = WebClient.create("http://127.0.0.1:" + this.port + "/base");
		StepVerifier.create(Await.ended(http.get().uri("/rest").retrieve().bodyToMono(String.class)))
			.expectNext("rest")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(
				http.get().uri("/agentsocket").exchangeToMono((response) -> Mono.just(response.statusCode().value()))))
			.expectNext(426)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(
				http.post().uri("/agentsocket").exchangeToMono((response) -> Mono.just(response.statusCode().value()))))
			.expectNext(405)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(echo("hello"))).expectNext("hello").expectComplete().verify(TIMEOUT);
	}

	private Mono<String> echo(String text) {
		return Mono.create(
				(sink) -> sink
					.onDispose(
							new ReactorNettyWebSocketClient()
								.execute(java.net.URI.create("ws://127.0.0.1:" + this.port + "/base/echo"),
										(session) -> session.receive()
											.next()
											.map(WebSocketMessage::getPayloadAsText)
											.doOnNext(sink::success)
											.then()
											// Spring's own upgrade may lose a message
											// that comes right after it.
											.and(session.send(Flux.interval(Duration.ZERO, Duration.ofSeconds(1))
												.map((tick) -> session.textMessage(text))
												.takeUntilOther(session.closeStatus()))))
								.subscribe(null, sink::error)));
	}

	record Tenant(String name) {

	}

	record Weather(String city, double temperature) {

	}

	@Component
	@AgentTool("weather")
	static class WeatherTools {

		@AgentTool(description = "The weather of now", readOnly = true)
		Mono<Weather> current(String city) {
			return Mono.just(new Weather(city, 21.5));
		}

		@AgentTool
		Flux<Weather> forecast(int days) {
			return Flux.range(0, days).map((day) -> new Weather("Berlin", day));
		}

		@AgentTool
		String checked(@NotBlank String city, @Max(14) int days) {
			return city + days;
		}

		@AgentTool
		String thread() {
			return Thread.currentThread().getName();
		}

		@AgentTool
		String tenant(Tenant tenant) {
			return tenant.name();
		}

		@AgentTool
		String broken() {
			throw new IllegalStateException("Nobody needs to know");
		}

		@AgentTool
		int length(String text) {
			return text.length();
		}

	}

	@RestController
	static class Rest {

		@GetMapping("/rest")
		String rest() {
			return "rest";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		WeatherTools weatherTools() {
			return new WeatherTools();
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

		@Bean
		Rest rest() {
			return new Rest();
		}

		@Bean
		Action bean() {
			return Action.named("bean").handler((exchange) -> Mono.just("of a bean"));
		}

		@Bean
		ToolArgumentResolver tenants() {
			return new ToolArgumentResolver() {

				@Override
				public boolean supports(MethodParameter parameter) {
					return parameter.getParameterType() == Tenant.class;
				}

				@Override
				public Object resolve(MethodParameter parameter, AgentExchange exchange) {
					return new Tenant("acme");
				}

			};
		}

		@Bean
		@Order(2)
		ErrorResolver last() {
			return (error, exchange) -> new ActionException(1002, "last");
		}

		@Bean
		@Order(1)
		ErrorResolver first() {
			return (error, exchange) -> (error instanceof IllegalStateException) ? new ActionException(1001, "first")
					: null;
		}

		@Bean
		HandlerMapping echoMapping() {
			WebSocketHandler echo = (session) -> session
				.send(session.receive().map((message) -> session.textMessage(message.getPayloadAsText())));
			return new SimpleUrlHandlerMapping(Map.of("/echo", echo), -1);
		}

	}

}
