package io.agentsocket.security;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocketOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tickets and rights that change, with two pods and sessions in Redis.
 */
@WithRedis
class ClusterSecurityTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final List<ConfigurableApplicationContext> PODS = new ArrayList<>();

	@BeforeAll
	static void start(LocalRedis redis) {
		for (int i = 0; i < 2; i++) {
			PODS.add(new SpringApplicationBuilder(TokenApplication.class).run("--server.port=0",
					"--server.address=127.0.0.1", "--spring.data.redis.host=" + redis.host(),
					"--spring.data.redis.port=" + redis.port(), "--agentsocket.session.store=redis",
					"--agentsocket.session.redis.namespace=security", "--agentsocket.security.tickets.enabled=true",
					"--agentsocket.server.drain-timeout=1s"));
		}
	}

	@AfterAll
	static void stop() {
		PODS.forEach(ConfigurableApplicationContext::close);
		PODS.clear();
	}

	private static int port(int pod) {
		return ((ReactiveWebServerApplicationContext) PODS.get(pod)).getWebServer().getPort();
	}

	private static String ticket(int pod, String user) {
		Map<?, ?> answer = WebClient.create()
			.post()
			.uri("http://127.0.0.1:" + port(pod) + "/agentsocket/ticket")
			.headers((headers) -> headers.setBasicAuth(user, "password"))
			.retrieve()
			.bodyToMono(Map.class)
			.block(TIMEOUT);
		return (String) answer.get("ticket");
	}

	@Test
	void aTicketOfOnePodIsTakenOnceByAnother() {
		String ticket = ticket(0, "alice");
		try (RawAgent agent = new RawAgent(port(1)).hello(ticket)) {
			assertThat(agent.call("who")).isEqualTo("\"alice\"");
			assertThat(agent.call("admin.only")).isEqualTo("\"secret\"");
		}
		for (int pod = 0; pod < 2; pod++) {
			try (RawAgent agent = new RawAgent(port(pod)).hello(ticket)) {
				assertThat(agent.closeCode()).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			}
		}
	}

	@Test
	void rightsThatWereTakenAwayEndWhereverTheAgentIsConnected() {
		List<String> role = new CopyOnWriteArrayList<>(List.of("ADMIN"));
		AgentSocketClient client = AgentSocketClient.builder(URI.create("ws://127.0.0.1:" + port(0) + "/agentsocket"))
			.bearerToken(() -> TokenApplication.token("carol", role.get(0), null))
			.build();
		assertThat(client.invoke("admin.only").toMono(String.class).block(TIMEOUT)).isEqualTo("secret");
		List<Object> watched = new CopyOnWriteArrayList<>();
		client.invoke("admin.watch").toFlux(String.class).subscribe(watched::add, watched::add);
		Await.until(() -> watched.size() == 1);
		String session = client.sessionId();

		role.set(0, "USER");
		PODS.get(1).getBean(AgentSocketOperations.class).reauthenticate("carol").block(TIMEOUT);
		Await.until(() -> watched.size() == 2);
		ActionException end = (ActionException) watched.get(1);
		assertThat(end.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(end.hasMaybeRun()).isTrue();
		fails(client.invoke("admin.only").toMono(String.class));
		assertThat(client.invoke("who").toMono(String.class).block(TIMEOUT)).isEqualTo("carol");
		assertThat(client.sessionId()).isEqualTo(session);
		client.close().block(TIMEOUT);
	}

	private static void fails(Mono<?> call) {
		StepVerifier.create(Await.ended(call))
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.NOT_FOUND))
			.verify(TIMEOUT);
	}

}
