package com.example.servlet;

import java.io.IOException;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A servlet application as agents, people and operators see it, on each container.
 */
abstract class ServletContract {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final HttpClient http = HttpClient.newHttpClient();

	@LocalServerPort
	int port;

	@Autowired
	AgentSocketServer server;

	private AgentSocketClient client;

	@AfterEach
	void close() {
		if (this.client != null) {
			this.client.close().block(TIMEOUT);
		}
	}

	private AgentSocketClient connect(Consumer<AgentSocketClientBuilder> more) {
		AgentSocketClientBuilder builder = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket");
		more.accept(builder);
		this.client = builder.build();
		return this.client;
	}

	private AgentSocketClient user(String name) {
		return connect((builder) -> builder.headers((headers) -> headers.setBasicAuth(name, "secret")));
	}

	private String caller() {
		return Objects.requireNonNull(this.client.invoke("orders.caller").toMono(String.class).block(TIMEOUT));
	}

	private HttpResponse<String> http(String method, String path, String user) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		if (!user.isEmpty()) {
			request.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8)));
		}
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void theContainerIsTheOneOfTheTest() {
		assertThat(serverInfo()).startsWith(container());
	}

	abstract String container();

	abstract String serverInfo();

	@Test
	void thePrincipalOfBasicAuthenticationReachesTheTool() {
		user("ann");
		assertThat(caller()).startsWith("ann/").contains("ROLE_USER");
	}

	@Test
	void wrongCredentialsAreRefusedByTheFilterChain() {
		AgentSocketClient refused = connect((builder) -> builder.maxWait(TIMEOUT)
			.refusalTimeout(Duration.ofMillis(100))
			.headers((headers) -> headers.setBasicAuth("ann", "wrong")));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> refused.connect().block(TIMEOUT))
			.withStackTraceContaining("401");
	}

	@Test
	void thePrincipalOfATokenReachesTheTool() throws Exception {
		String token = Tokens.of("carl");
		connect((builder) -> builder.bearerToken(token));
		assertThat(caller()).startsWith("carl/").contains("SCOPE_orders");
	}

	@Test
	void thePrincipalOfASessionCookieReachesTheTool() throws Exception {
		HttpResponse<String> page = http("GET", "/login", "");
		String csrf = page.body().replaceAll("(?s).*name=\"_csrf\"[^>]*value=\"([^\"]*)\".*", "$1");
		HttpRequest login = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + "/login"))
			.header("Content-Type", "application/x-www-form-urlencoded")
			.header("Cookie", cookie(page))
			.POST(HttpRequest.BodyPublishers.ofString("username=bob&password=secret&_csrf=" + csrf))
			.build();
		String cookie = cookie(this.http.send(login, HttpResponse.BodyHandlers.ofString()));
		connect((builder) -> builder.headers((headers) -> headers.set(HttpHeaders.COOKIE, cookie)));
		assertThat(caller()).startsWith("bob/").contains("ROLE_ADMIN");
	}

	private static String cookie(HttpResponse<?> response) {
		HttpCookie cookie = HttpCookie.parse(response.headers().firstValue("Set-Cookie").orElseThrow()).get(0);
		return cookie.getName() + "=" + cookie.getValue();
	}

	@Test
	void rulesOfMethodsHoldForAgents() {
		user("bob");
		assertThat(
				this.client.invoke("orders.delete").arguments(Map.of("number", 7)).toMono(String.class).block(TIMEOUT))
			.isEqualTo("deleted 7");
		close();
		user("ann");
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> this.client.invoke("orders.delete")
			.arguments(Map.of("number", 7))
			.toMono(String.class)
			.block(TIMEOUT));
		assertThat(
				this.client.invoke("orders.print").arguments(Map.of("text", "x")).toMono(String.class).block(TIMEOUT))
			.isEqualTo("x");
	}

	@Test
	void streamsAndLargeMessagesPass() {
		user("ann");
		List<Integer> numbers = this.client.invoke("orders.numbers")
			.arguments(Map.of("count", 20_000))
			.toFlux(Integer.class)
			.collectList()
			.block(TIMEOUT);
		assertThat(numbers).hasSize(20_000).endsWith(20_000);
		String large = "x".repeat(900_000);
		assertThat(
				this.client.invoke("orders.print").arguments(Map.of("text", large)).toMono(String.class).block(TIMEOUT))
			.isEqualTo(large);
		assertThat(Flux.range(0, 500)
			.flatMap((i) -> this.client.invoke("orders.print").arguments(Map.of("text", "t" + i)).toMono(String.class))
			.collectList()
			.block(TIMEOUT)).hasSize(500);
	}

	@Test
	void aSlowAgentGetsNoMoreThanItAsksFor() {
		user("ann");
		AtomicInteger received = new AtomicInteger();
		BaseSubscriber<Integer> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.request(3);
			}

			@Override
			protected void hookOnNext(Integer value) {
				received.incrementAndGet();
			}

		};
		this.client.invoke("orders.numbers").arguments(Map.of("count", 100_000)).toFlux(Integer.class).subscribe(slow);
		// A call behind it is answered, so that what was sent before has arrived.
		assertThat(caller()).startsWith("ann/");
		assertThat(received.get()).isLessThanOrEqualTo(3);
		slow.cancel();
	}

	@Test
	void controllersAndFilesOfTheConsoleAreOnTheSamePort() throws Exception {
		assertThat(http("GET", "/public", "").body()).isEqualTo("hello");
		assertThat(http("GET", "/agentsocket/console/", "").statusCode()).isEqualTo(401);
		HttpResponse<String> moved = http("GET", "/agentsocket/console", "ann");
		assertThat(moved.statusCode()).isEqualTo(302);
		assertThat(moved.headers().firstValue("Location").orElseThrow()).endsWith("console/");
		HttpResponse<String> page = http("GET", "/agentsocket/console/", "ann");
		assertThat(page.statusCode()).isEqualTo(200);
		assertThat(page.body()).contains("<script");
		assertThat(page.headers().allValues("Content-Security-Policy")).first()
			.asString()
			.startsWith("default-src 'none'");
		assertThat(http("GET", "/agentsocket/console/client/index.js", "ann").headers().firstValue("Content-Type"))
			.hasValueSatisfying((type) -> assertThat(type).startsWith("text/javascript"));
		assertThat(http("GET", "/agentsocket/console/../application.properties", "ann").statusCode())
			.isGreaterThanOrEqualTo(400);
		assertThat(http("POST", "/agentsocket/console/", "ann").statusCode()).isIn(401, 403, 405);
	}

	@Test
	void whatIsNoUpgradeIsRefused() throws Exception {
		assertThat(http("GET", "/agentsocket", "ann").statusCode()).isEqualTo(426);
		assertThat(http("PUT", "/agentsocket", "ann").statusCode()).isIn(401, 403, 405);
	}

	@Test
	void ticketsAreGivenToWhoeverIsAuthenticated() throws Exception {
		assertThat(http("POST", "/agentsocket/ticket", "").statusCode()).isEqualTo(401);
		assertThat(http("GET", "/agentsocket/ticket", "ann").statusCode()).isEqualTo(405);
		HttpResponse<String> ticket = http("POST", "/agentsocket/ticket", "ann");
		assertThat(ticket.statusCode()).isEqualTo(200);
		assertThat(ticket.headers().firstValue("Content-Type")).hasValue("application/json");
		assertThat(ticket.body()).contains("\"ticket\":\"").contains("\"expiresIn\":");
		try (PlainAgent agent = new PlainAgent(this.port)) {
			assertThat(agent.hello(ticket.body().replaceAll(".*\"ticket\":\"([^\"]*)\".*", "$1"))).isTrue();
		}
		try (PlainAgent agent = new PlainAgent(this.port)) {
			assertThat(agent.hello(Tokens.of("dora"))).isTrue();
		}
		try (PlainAgent agent = new PlainAgent(this.port)) {
			assertThat(agent.hello("no token")).isFalse();
			assertThat(agent.closeCode()).isEqualTo(4501);
		}
	}

	@Test
	void operatorsSeeTheEndpoint() throws Exception {
		user("ann");
		caller();
		// Connections of the test before may be closing.
		Flux.interval(Duration.ofMillis(10))
			.onBackpressureDrop()
			.filter((tick) -> this.server.connections() == 1)
			.blockFirst(TIMEOUT);
		assertThat(http("GET", "/actuator/agentsocket", "ann").body()).contains("\"connections\":1");
		assertThat(http("GET", "/actuator/health", "ann").statusCode()).isEqualTo(200);
	}

	@Test
	void aSessionSurvivesTheLossOfItsSocket() throws IOException {
		user("ann");
		String before = caller();
		Set<String> sessions = sessions();
		sessions.forEach((session) -> this.server.operators().disconnect(session));
		assertThat(caller()).startsWith("ann/");
		assertThat(sessions()).isNotEmpty().isSubsetOf(sessions);
		assertThat(before).startsWith("ann/");
	}

	/** Sessions of tests before are among them, which wait for agents that went away. */
	private Set<String> sessions() {
		return this.server.sessions().stream().map(AgentSession::id).collect(Collectors.toSet());
	}

}
