package io.agentsocket.actuate;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.PlainPasswords;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.autoconfigure.actuate.web.reactive.EndpointRequest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint {@code agentsocket} over HTTP, behind the filter chain of an application.
 */
class EndpointHttpTests {

	private static final String OPERATOR = "olga";

	private final HttpClient http = HttpClient.newHttpClient();

	/** For all tests that leave it as it was. */
	private static ConfigurableApplicationContext shared;

	private ConfigurableApplicationContext application;

	private AgentSocketClient agent;

	@AfterEach
	void stop() {
		if (this.agent != null) {
			this.agent.close().onErrorComplete().block(Await.LONG);
		}
		if (this.application != shared) {
			this.application.close();
		}
	}

	@AfterAll
	static void stopShared() {
		shared.close();
		shared = null;
	}

	private void start() {
		if (shared == null) {
			shared = run();
		}
		connect(shared);
	}

	private void startAlone(String... properties) {
		connect(run(properties));
	}

	private static ConfigurableApplicationContext run(String... properties) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.REACTIVE)
			.properties("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off",
					"management.endpoints.web.exposure.include=agentsocket,health,info,metrics",
					"management.endpoint.health.show-details=always",
					"management.endpoint.health.group.readiness.include=agentSocket",
					"agentsocket.server.drain-timeout=100ms", "agentsocket.server.drain-spread=0ms",
					"agentsocket.server.bounds.tool-threads=1")
			.properties(properties)
			.run();
	}

	private void connect(ConfigurableApplicationContext present) {
		this.application = present;
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + port() + "/agentsocket")
			.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
			.headers((headers) -> headers.setBasicAuth("ann", "pass-of-ann"))
			.build();
		this.agent.connect().block(Await.LONG);
	}

	private int port() {
		return this.application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	private HttpResponse<String> send(String user, String method, String path) {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + port() + "/actuator" + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		if (user != null) {
			request.header(HttpHeaders.AUTHORIZATION,
					"Basic " + HttpHeaders.encodeBasicAuth(user, "pass-of-" + user, null));
		}
		try {
			return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private JsonNode json(String method, String path) {
		HttpResponse<String> response = send(OPERATOR, method, "/agentsocket" + path);
		assertThat(response.statusCode()).as("%s %s", method, path).isEqualTo(200);
		assertThat(response.body()).doesNotContain("pass-of", "argument-42", "attribute-42");
		return JsonMapper.shared().readTree(response.body());
	}

	private int status(String method, String path) {
		return send(OPERATOR, method, "/agentsocket" + path).statusCode();
	}

	@Test
	void onlyOperatorsGetIn() {
		start();
		for (String path : new String[] { "", "/sessions", "/connections", "/streams", "/actions",
				"/sessions/" + this.agent.sessionId() }) {
			assertThat(send(null, "GET", "/agentsocket" + path).statusCode()).isEqualTo(401);
			assertThat(send("ann", "GET", "/agentsocket" + path).statusCode()).isEqualTo(403);
			assertThat(send(OPERATOR, "GET", "/agentsocket" + path).statusCode()).isEqualTo(200);
		}
		assertThat(send("ann", "DELETE", "/agentsocket/sessions/" + this.agent.sessionId()).statusCode())
			.isEqualTo(403);
		assertThat(send(null, "POST", "/agentsocket/drain").statusCode()).isEqualTo(401);
		assertThat(this.agent.invoke("echo").toMono(String.class).block(Await.LONG)).isEqualTo("x");
	}

	@Test
	void showsWhatIsStuckAndNothingSecret() {
		start();
		this.agent.invoke("remember").arguments(Map.of("value", "attribute-42")).toMono(String.class).block(Await.LONG);
		Disposable call = this.agent.invoke("stuck")
			.arguments(Map.of("secret", "argument-42"))
			.toMono(String.class)
			.subscribe();
		String id = this.agent.sessionId();
		Await.until(() -> json("GET", "").at("/load/served").asInt() == 1);
		// The connection of the agent before may be about to close.
		Await.until(() -> json("GET", "").at("/connections").asInt() == 1);
		JsonNode stream = json("GET", "/streams").at("/entries/0");
		assertThat(stream.get("session").asString()).isEqualTo(id);
		assertThat(stream.get("action").asString()).isEqualTo("stuck");
		assertThat(stream.get("direction").asString()).isEqualTo("in");
		assertThat(stream.get("millis").asLong()).isNotNegative();
		assertThat(stream.get("waitsForAgent").asBoolean()).isFalse();
		JsonNode session = json("GET", "/sessions/" + id);
		assertThat(session.get("principal").asString()).isEqualTo("ann");
		assertThat(session.at("/oldest/action").asString()).isEqualTo("stuck");
		assertThat(session.get("connections").asInt()).isEqualTo(1);
		assertThat(session.get("lastDetach").isNull()).isTrue();
		assertThat(json("GET", "/streams/" + id).at("/total").asInt()).isEqualTo(1);
		assertThat(json("GET", "/sessions").at("/entries/0/oldest/action").asString()).isEqualTo("stuck");
		assertThat(json("GET", "/connections").at("/total").asInt()).isEqualTo(1);
		assertThat(json("GET", "/actions").at("/total").asInt()).isEqualTo(5);
		call.dispose();
		Await.until(() -> json("GET", "/streams").at("/total").asInt() == 0);
	}

	@Test
	void showsWhichToolHasTheThreadsThatOthersWaitFor() {
		start();
		CompletableFuture<String> slow = this.agent.invoke("slow").toMono(String.class).toFuture();
		Await.until(() -> json("GET", "").at("/threads/running").asInt() == 1);
		CompletableFuture<String> quick = this.agent.invoke("quick").toMono(String.class).toFuture();
		Await.until(() -> json("GET", "").at("/threads/waiting").asInt() == 1);
		assertThat(json("GET", "").at("/threads/threads").asInt()).isEqualTo(1);
		JsonNode actions = json("GET", "/actions").get("entries");
		assertThat(actions.at("/0/name").asString()).isEqualTo("slow");
		assertThat(actions.at("/0/running").asInt()).isEqualTo(1);
		assertThat(actions.at("/0/waiting").asInt()).isZero();
		assertThat(actions.at("/0/oldest").asLong()).isNotNegative();
		assertThat(actions.at("/1/name").asString()).isEqualTo("quick");
		assertThat(actions.at("/1/open").asInt()).isEqualTo(1);
		assertThat(actions.at("/1/running").asInt()).isZero();
		assertThat(actions.at("/1/waiting").asInt()).isEqualTo(1);
		this.application.getBean(Tools.class).slow.countDown();
		assertThat(slow.orTimeout(Await.LONG.toSeconds(), TimeUnit.SECONDS).join()).isEqualTo("x");
		assertThat(quick.orTimeout(Await.LONG.toSeconds(), TimeUnit.SECONDS).join()).isEqualTo("x");
		Await.until(() -> json("GET", "").at("/threads/running").asInt() == 0);
	}

	@Test
	void pagesAreBounded() {
		start();
		Await.until(() -> json("GET", "/sessions").at("/total").asInt() == 1);
		assertThat(json("GET", "/sessions?offset=0&limit=500").at("/entries")).hasSize(1);
		assertThat(json("GET", "/sessions?offset=1&limit=1").at("/entries")).isEmpty();
		assertThat(json("GET", "/actions?limit=2").at("/entries")).hasSize(2);
		for (String part : new String[] { "/sessions", "/connections", "/streams", "/actions" }) {
			for (String query : new String[] { "?limit=501", "?limit=0", "?offset=-1", "?limit=x",
					"?limit=99999999999" }) {
				assertThat(status("GET", part + query)).as(part + query).isEqualTo(400);
			}
		}
		assertThat(status("GET", "/tokens")).isEqualTo(404);
		assertThat(status("GET", "/sessions/other")).isEqualTo(404);
		assertThat(status("GET", "/streams/other")).isEqualTo(404);
	}

	@Test
	void disconnectsAndTheAgentResumes() {
		start();
		String id = this.agent.sessionId();
		assertThat(json("DELETE", "/connections/" + id).get("id").asString()).isEqualTo(id);
		assertThat(this.agent.invoke("echo").toMono(String.class).block(Await.LONG)).isEqualTo("x");
		assertThat(this.agent.sessionId()).isEqualTo(id);
		JsonNode session = json("GET", "/sessions/" + id);
		assertThat(session.get("connections").asInt()).isEqualTo(2);
		assertThat(session.get("lastDetach").asString()).isEqualTo("DRAINED");
		assertThat(status("DELETE", "/connections/other")).isEqualTo(404);
	}

	@Test
	void endsASession() {
		start();
		String id = this.agent.sessionId();
		assertThat(json("DELETE", "/sessions/" + id).get("id").asString()).isEqualTo(id);
		Await.until(() -> status("GET", "/sessions/" + id) == 404);
		assertThat(status("DELETE", "/sessions/" + id)).isEqualTo(404);
		assertThat(status("DELETE", "/actions/echo")).isEqualTo(404);
		Await.until(() -> this.agent.state() == ConnectionState.REFUSED);
		this.agent.connect().block(Await.LONG);
		assertThat(this.agent.sessionId()).as("a session that has ended does not come back").isNotEqualTo(id);
	}

	@Test
	void drainsAndIsNotReady() {
		startAlone();
		assertThat(send(OPERATOR, "GET", "/health/readiness").statusCode()).isEqualTo(200);
		assertThat(json("POST", "/drain").get("draining").asBoolean()).isTrue();
		assertThat(json("POST", "/drain").get("accepting").asBoolean()).isFalse();
		HttpResponse<String> readiness = send(OPERATOR, "GET", "/health/readiness");
		assertThat(readiness.statusCode()).isEqualTo(503);
		assertThat(readiness.body()).contains("OUT_OF_SERVICE", "draining");
		Await.until(() -> json("GET", "").at("/connections").asInt() == 0);
		assertThat(status("POST", "/other")).isEqualTo(404);
	}

	@Test
	void whoMayOnlyReadChangesNothing() {
		startAlone("management.endpoint.agentsocket.access=read-only");
		String id = this.agent.sessionId();
		assertThat(status("GET", "/sessions")).isEqualTo(200);
		assertThat(status("POST", "/drain")).isGreaterThanOrEqualTo(400);
		assertThat(status("DELETE", "/sessions/" + id)).isGreaterThanOrEqualTo(400);
		assertThat(status("DELETE", "/connections/" + id)).isGreaterThanOrEqualTo(400);
		assertThat(json("GET", "").get("draining").asBoolean()).isFalse();
		assertThat(json("GET", "/sessions/" + id).get("connections").asInt()).isEqualTo(1);
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.authorizeExchange((exchanges) -> exchanges.matchers(EndpointRequest.toAnyEndpoint())
					.hasRole("OPERATOR")
					.anyExchange()
					.authenticated())
				.httpBasic(Customizer.withDefaults())
				.build();
		}

		@Bean
		PlainPasswords passwords() {
			return new PlainPasswords();
		}

		@Bean
		MapReactiveUserDetailsService users() {
			return new MapReactiveUserDetailsService(
					User.withUsername(OPERATOR).password("{noop}pass-of-" + OPERATOR).roles("OPERATOR").build(),
					User.withUsername("ann").password("{noop}pass-of-ann").roles("USER").build());
		}

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	static class Tools {

		private final CountDownLatch slow = new CountDownLatch(1);

		@AgentTool
		Mono<String> stuck(String secret) {
			return Mono.never();
		}

		@AgentTool
		String slow() throws InterruptedException {
			this.slow.await();
			return "x";
		}

		@AgentTool
		String quick() {
			return "x";
		}

		@AgentTool
		Mono<String> echo() {
			return Mono.just("x");
		}

		@AgentTool
		Mono<String> remember(String value, AgentExchange exchange) {
			return exchange.session().setAttribute("note", value).thenReturn("x");
		}

	}

}
