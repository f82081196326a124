package io.agentsocket.autoconfigure.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.OwnEventLoops;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.server.WebHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoints are on the port of the application, and not on that of the management.
 */
class ManagementPortTests {

	private static final WebHandler HANDLER = (exchange) -> Mono.empty();

	private final HttpClient http = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext start(String... arguments) {
		List<String> all = new ArrayList<>(
				List.of("--server.port=0", "--server.address=127.0.0.1", "--management.server.port=0",
						"--management.server.address=127.0.0.1", "--agentsocket.session.store=memory"));
		all.addAll(List.of(arguments));
		return new SpringApplicationBuilder(Application.class).run(all.toArray(String[]::new));
	}

	private int status(ConfigurableApplicationContext context, String port, String path)
			throws IOException, InterruptedException {
		URI uri = URI.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty(port) + path);
		return this.http
			.send(HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString("{}")).build(),
					BodyHandlers.discarding())
			.statusCode();
	}

	private void check(ConfigurableApplicationContext context, String... paths) throws Exception {
		for (String path : paths) {
			assertThat(status(context, "local.server.port", path)).as(path).isNotEqualTo(404);
			assertThat(status(context, "local.management.port", path)).as(path).isEqualTo(404);
		}
	}

	@Test
	void endpointsAreNotServedThere() throws Exception {
		try (ConfigurableApplicationContext context = start("--agentsocket.console.enabled=true",
				"--agentsocket.mcp.enabled=true", "--agentsocket.security.tickets.enabled=true",
				"--agentsocket.functions.shop.url=http://127.0.0.1:9/shop",
				"--agentsocket.functions.shop.actions[0].name=shop.hello",
				"--agentsocket.relay.callback.url=http://pods.example")) {
			check(context, "/agentsocket", "/agentsocket/console/", "/agentsocket/ticket",
					"/agentsocket/functions/push", "/mcp");
		}
	}

	@Test
	void aFunctionIsNotServedThere() throws Exception {
		try (ConfigurableApplicationContext context = start("--agentsocket.function.enabled=true",
				"--agentsocket.function.unsigned=true", "--agentsocket.function.path=/function")) {
			check(context, "/function", "/function/below");
		}
	}

	@ParameterizedTest
	@CsvSource(nullValues = "none", value = { "none, true", "admin, true", "management, false" })
	void contextsBelowKeepTheMappingUnlessTheyAreThatOfTheManagement(@Nullable String namespace, boolean served) {
		try (GenericApplicationContext above = new GenericApplicationContext();
				ReactiveWebServerApplicationContext below = new ReactiveWebServerApplicationContext()) {
			above.refresh();
			below.setParent(above);
			below.setServerNamespace(namespace);
			assertThat(isServed(above, below)).isEqualTo(served);
		}
	}

	@Test
	void anApplicationOfThatNameServesItsOwn() {
		try (ReactiveWebServerApplicationContext own = new ReactiveWebServerApplicationContext()) {
			own.setServerNamespace("management");
			assertThat(isServed(own, own)).isTrue();
		}
	}

	private static boolean isServed(ApplicationContext own, ApplicationContext exchanges) {
		EndpointHandlerMapping mapping = new EndpointHandlerMapping(Map.of("/agentsocket", HANDLER), 0);
		mapping.setApplicationContext(own);
		MockServerWebExchange exchange = MockServerWebExchange.builder(MockServerHttpRequest.get("/agentsocket"))
			.applicationContext(exchanges)
			.build();
		return Boolean.TRUE.equals(mapping.getHandler(exchange).hasElement().block());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(OwnEventLoops.class)
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

	}

}
