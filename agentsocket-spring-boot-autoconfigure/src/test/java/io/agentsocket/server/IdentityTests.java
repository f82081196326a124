package io.agentsocket.server;

import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.TestKeys;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.test.StepVerifier;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.reactive.socket.client.WebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Identity of an agent behind the filter chain of Spring Security: the same whichever way
 * it logs in, wherever sessions are kept and however a tool asks, and anew with each
 * resume.
 */
@WithRedis
@Timeout(600) // the first tests start applications, one after the other
class IdentityTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final String SECRET = "changeit";

	private static final List<String> USERS = List.of("alice", "bob", "carol");

	@TempDir
	static Path keys;

	static LocalRedis redis;

	/** Shared by all tests. */
	private static final Map<String, ConfigurableApplicationContext> PODS = new HashMap<>();

	private final List<Agent> agents = new ArrayList<>();

	/** How an agent logs in. */
	enum Login {

		BASIC, JWT, COOKIE, CERTIFICATE

	}

	@BeforeAll
	static void createKeys() throws Exception {
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		create("server");
		for (String user : USERS) {
			create(user);
			trusted.setCertificateEntry(user, store(user).getCertificate("key"));
		}
		try (OutputStream file = Files.newOutputStream(keys.resolve("trusted.p12"))) {
			trusted.store(file, SECRET.toCharArray());
		}
	}

	private static void create(String name) throws Exception {
		TestKeys.create(keys.resolve(name + ".p12"), SECRET, "key", "CN=" + name);
	}

	private static KeyStore store(String name) throws Exception {
		return KeyStore.getInstance(keys.resolve(name + ".p12").toFile(), SECRET.toCharArray());
	}

	@AfterAll
	static void stop() {
		PODS.values().forEach(ConfigurableApplicationContext::close);
		PODS.clear();
	}

	@BeforeEach
	void begin() {
		IdentityApplication.ROLES.putAll(Map.of("alice", "ADMIN", "bob", "USER", "carol", "ADMIN"));
	}

	@AfterEach
	void close() {
		this.agents.forEach((agent) -> agent.client.close().block(TIMEOUT));
	}

	/**
	 * A pod, whose sessions are in memory or in Redis, as the beginning of its name says.
	 */
	private static ConfigurableApplicationContext pod(String name) {
		return PODS.computeIfAbsent(name,
				(key) -> new SpringApplicationBuilder(IdentityApplication.class).run("--server.port=0",
						"--server.address=127.0.0.1", "--spring.data.redis.host=" + redis.host(),
						"--spring.data.redis.port=" + redis.port(),
						"--agentsocket.session.store=" + (name.startsWith("REDIS") ? "redis" : "memory"),
						"--server.ssl.key-store=" + keys.resolve("server.p12"),
						"--server.ssl.key-store-password=" + SECRET,
						"--server.ssl.trust-store=" + keys.resolve("trusted.p12"), "--server.ssl.client-auth=want",
						"--server.ssl.trust-store-password=" + SECRET, "--agentsocket.server.drain-timeout=1s"));
	}

	private static int port(String pod) {
		return ((ReactiveWebServerApplicationContext) pod(pod)).getWebServer().getPort();
	}

	private static <T> T bean(String pod, Class<T> type) {
		return pod(pod).getBean(type);
	}

	private static ServerSession session(String pod, Agent agent) {
		return Objects.requireNonNull(bean(pod, AgentSocketServer.class).present(agent.client.sessionId()));
	}

	/** Cut the connection; the agent comes back by itself. */
	private static void cut(String pod, Agent agent) {
		session(pod, agent).peer().close(CloseCode.KEEPALIVE, "Cut");
	}

	private static void fails(Mono<?> call, ErrorCode code) {
		StepVerifier.create(Await.ended(call))
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(code))
			.verify(TIMEOUT);
	}

	private static void isKnownAs(String expected, Agent agent) {
		for (String way : IdentityApplication.WAYS) {
			assertThat(agent.call(way).block(TIMEOUT)).as(way).isEqualTo(expected);
		}
	}

	@ParameterizedTest
	@CsvSource({ "MEMORY,BASIC", "MEMORY,JWT", "MEMORY,COOKIE", "MEMORY,CERTIFICATE", "REDIS,BASIC", "REDIS,JWT",
			"REDIS,COOKIE", "REDIS,CERTIFICATE" })
	void everybodyLearnsWhoCalls(String store, Login login) {
		Agent alice = new Agent(port(store), "alice", login);
		Agent bob = new Agent(port(store), "bob", login);

		isKnownAs("alice ADMIN", alice);
		isKnownAs("bob USER", bob);
		assertThat(alice.call("restricted").block(TIMEOUT)).isEqualTo("alice ADMIN");
		fails(bob.call("restricted"), ErrorCode.NOT_FOUND);
		assertThat(alice.call("admin.only").block(TIMEOUT)).isEqualTo("secret");
		fails(bob.call("admin.only"), ErrorCode.NOT_FOUND);
		assertThat(alice.names()).contains("admin.only", "admin.watch");
		assertThat(bob.names()).contains("items").doesNotContain("admin.only", "admin.watch");
		AgentSocketOperations sockets = bean(store, AgentSocketOperations.class);
		assertThat(sockets.principal("alice")
			.map(AgentSocket::session)
			.map((session) -> session.id())
			.collectList()
			.block(TIMEOUT)).contains(alice.client.sessionId()).doesNotContain(bob.client.sessionId());
		assertThat(sockets.principal("nobody").collectList().block(TIMEOUT)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "MEMORY,BASIC", "MEMORY,JWT", "MEMORY,COOKIE", "MEMORY,CERTIFICATE", "REDIS,BASIC", "REDIS,JWT",
			"REDIS,COOKIE", "REDIS,CERTIFICATE" })
	void aResumeBySomebodyElseIsAnotherSession(String store, Login login) {
		Agent agent = new Agent(port(store), "alice", login);
		agent.client.invoke("remember").arguments(Map.of("text", "mine")).toMono(String.class).block(TIMEOUT);
		String before = agent.client.sessionId();

		agent.login("bob", login);
		cut(store, agent);
		Await.until(() -> !agent.client.sessionId().equals(before));
		assertThat(agent.call("recall").block(TIMEOUT)).isEqualTo("nothing");
		isKnownAs("bob USER", agent);
	}

	@ParameterizedTest
	@CsvSource({ "MEMORY,BASIC", "MEMORY,JWT", "MEMORY,COOKIE", "REDIS,BASIC", "REDIS,JWT", "REDIS,COOKIE" })
	void aResumeInTheSamePodTakesThePrincipalAsItIsNow(String store, Login login) throws InterruptedException {
		Agent carol = new Agent(port(store), "carol", login);
		Work work = new Work(carol);
		List<String> gone = new CopyOnWriteArrayList<>();
		carol.client.changes().filter((change) -> !change.isAvailable()).subscribe((change) -> gone.add(change.name()));
		assertThat(carol.names()).contains("admin.only");
		String session = carol.client.sessionId();

		IdentityApplication.ROLES.put("carol", "USER");
		carol.login("carol", login);
		long epoch = session(store, carol).state().epoch();
		cut(store, carol);
		Await.until(() -> session(store, carol).state().epoch() > epoch);

		work.watchEnds();
		isKnownAs("carol USER", carol);
		fails(carol.call("admin.only"), ErrorCode.NOT_FOUND);
		fails(carol.call("restricted"), ErrorCode.NOT_FOUND);
		assertThat(carol.names()).doesNotContain("admin.only");
		Await
			.untilAsserted(() -> assertThat(gone).containsExactlyInAnyOrder("admin.only", "admin.watch", "restricted"));
		assertThat(work.answer(bean(store, IdentityApplication.Tools.class))).as("what runs on")
			.isEqualTo("carol USER, carol USER");
		assertThat(carol.client.sessionId()).isEqualTo(session);

		IdentityApplication.ROLES.put("carol", "ADMIN");
		carol.login("carol", login);
		long next = session(store, carol).state().epoch();
		cut(store, carol);
		Await.until(() -> session(store, carol).state().epoch() > next);
		assertThat(carol.call("admin.only").block(TIMEOUT)).isEqualTo("secret");
		assertThat(carol.names()).contains("admin.only");
	}

	@ParameterizedTest
	@EnumSource(Login.class)
	void aResumeInAnotherPodTakesThePrincipalAsItIsThere(Login login) throws InterruptedException {
		Agent carol = new Agent(port("REDIS"), "carol", login);
		int other = port("REDIS 2");
		Work work = new Work(carol);
		String session = carol.client.sessionId();

		IdentityApplication.ROLES.put("carol", "USER");
		carol.login("carol", login);
		carol.port = other;
		cut("REDIS", carol);
		Await.until(() -> bean("REDIS 2", AgentSocketServer.class).present(session) != null);

		work.watchEnds();
		isKnownAs("carol USER", carol);
		fails(carol.call("admin.only"), ErrorCode.NOT_FOUND);
		assertThat(work.answer(bean("REDIS", IdentityApplication.Tools.class))).as("what runs on in the first pod")
			.isEqualTo("carol ADMIN, carol ADMIN");
		assertThat(carol.client.sessionId()).isEqualTo(session);
		assertThat(bean("REDIS", AgentSocketOperations.class).principal("carol")
			.map((agent) -> agent.session().id())
			.collectList()
			.block(TIMEOUT)).contains(session);
	}

	/** A call that not everybody may make, and one that everybody may make. */
	private static final class Work {

		private final CountDownLatch begun = new CountDownLatch(2);

		private final Mono<Throwable> end;

		private final Mono<String> last;

		Work(Agent agent) throws InterruptedException {
			this.end = agent.client.invoke("admin.watch")
				.toFlux(String.class)
				.doOnNext((item) -> this.begun.countDown())
				.then(Mono.<Throwable>empty())
				.onErrorResume(Mono::just)
				.cache();
			this.last = agent.client.invoke("patient")
				.toFlux(String.class)
				.doOnNext((item) -> this.begun.countDown())
				.last()
				.cache();
			this.end.subscribe();
			this.last.subscribe();
			assertThat(this.begun.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}

		void watchEnds() {
			ActionException error = (ActionException) Objects.requireNonNull(this.end.block(TIMEOUT));
			assertThat(error.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
			assertThat(error.hasMaybeRun()).isTrue();
		}

		@Nullable String answer(IdentityApplication.Tools tools) {
			tools.ask();
			return this.last.block(TIMEOUT);
		}

	}

	/** An agent whose credentials and pod can be changed between its connections. */
	private final class Agent implements WebSocketClient {

		private volatile int port;

		private volatile HttpHeaders headers = new HttpHeaders();

		private volatile HttpClient http = HttpClient.create();

		private final AgentSocketClient client;

		Agent(int port, String user, Login login) {
			this.port = port;
			login(user, login);
			this.client = AgentSocketClient.builder("wss://127.0.0.1/agentsocket")
				.webSocketClient(this)
				.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(100)))
				.headers((target) -> this.headers.forEach(target::addAll))
				.build();
			IdentityTests.this.agents.add(this);
		}

		void login(String user, Login login) {
			HttpHeaders next = new HttpHeaders();
			this.http = http((login == Login.CERTIFICATE) ? user : null);
			switch (login) {
				case BASIC -> next.setBasicAuth(user, IdentityApplication.PASSWORD);
				case JWT -> next.setBearerAuth(IdentityApplication.token(user));
				case COOKIE -> next.set(HttpHeaders.COOKIE, "SESSION=" + cookie(user));
				case CERTIFICATE -> {
					// In the connection.
				}
			}
			this.headers = next;
		}

		private HttpClient http(@Nullable String user) {
			try {
				SslContextBuilder builder = SslContextBuilder.forClient()
					.trustManager(InsecureTrustManagerFactory.INSTANCE)
					.endpointIdentificationAlgorithm(null);
				if (user != null) {
					KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
					factory.init(store(user), SECRET.toCharArray());
					builder.keyManager(factory);
				}
				SslContext context = builder.build();
				return HttpClient.newConnection().secure((spec) -> spec.sslContext(context));
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		private String cookie(String user) {
			LinkedMultiValueMap<String, String> form = new LinkedMultiValueMap<>();
			form.add("username", user);
			form.add("password", IdentityApplication.PASSWORD);
			return Objects
				.requireNonNull(WebClient.builder()
					.clientConnector(new ReactorClientHttpConnector(this.http))
					.build()
					.post()
					.uri("https://127.0.0.1:" + this.port + "/login")
					.bodyValue(form)
					.exchangeToMono((response) -> Mono.justOrEmpty(response.cookies().getFirst("SESSION")))
					.block(TIMEOUT))
				.getValue();
		}

		@Override
		public Mono<Void> execute(URI url, WebSocketHandler handler) {
			return execute(url, HttpHeaders.EMPTY, handler);
		}

		@Override
		public Mono<Void> execute(URI url, HttpHeaders given, WebSocketHandler handler) {
			return new ReactorNettyWebSocketClient(this.http)
				.execute(URI.create("wss://127.0.0.1:" + this.port + "/agentsocket"), given, handler);
		}

		Mono<String> call(String action) {
			return this.client.invoke(action).toMono(String.class);
		}

		List<String> names() {
			return Objects.requireNonNull(this.client.actions().block(TIMEOUT))
				.stream()
				.map((action) -> action.name())
				.toList();
		}

	}

}
