package io.agentsocket.autoconfigure.session;

import java.time.Duration;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ResponseCookie;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.WebSession;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with what {@code spring-boot-starter-session-data-redis} brings: HTTP
 * sessions and sessions of agents in one Redis do not notice each other.
 */
@WithRedis
class HttpSessionsTests {

	private static final Duration TIMEOUT = Await.LONG;

	@Test
	void agentsAndBrowsersHaveTheirOwnSessionsInOneRedis(LocalRedis redis) {
		try (ConfigurableApplicationContext context = start(redis)) {
			int port = ((ReactiveWebServerApplicationContext) context).getWebServer().getPort();
			WebClient browser = WebClient.create("http://127.0.0.1:" + port);
			ResponseCookie cookie = browser.get()
				.uri("/visits")
				.exchangeToMono((response) -> Mono.justOrEmpty(response.cookies().getFirst("SESSION")))
				.block(TIMEOUT);
			assertThat(cookie).isNotNull();
			AgentSocketClient agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
			assertThat(visits(agent)).isEqualTo(1);
			assertThat(visits(agent)).isEqualTo(2);
			String id = agent.sessionId();
			assertThat(visits(browser, cookie)).isEqualTo(2);
			assertThat(redis.command("KEYS", "spring:session:sessions:*").lines()).hasSize(1);
			String theirs = redis.command("KEYS", "spring:session:sessions:*");
			assertThat(redis.command("HKEYS", theirs)).contains("sessionAttr:visits").doesNotContain("io.agentsocket");
			assertThat(redis.command("HGET", theirs, "sessionAttr:visits")).as("as the application serializes")
				.contains("java.lang.Integer");
			assertThat(Long.parseLong(redis.command("TTL", theirs))).isBetween(400L, 420L);
			assertThat(redis.command("HGET", "agentsocket:sessions:" + id, "sessionAttr:visits")).as("as agents do")
				.doesNotContain("java.");
			assertThat(Long.parseLong(redis.command("TTL", "agentsocket:sessions:" + id))).isBetween(100L, 160L);
			// The end of one is not the end of the other.
			agent.close().block(TIMEOUT);
			awaitGone(redis, "agentsocket:sessions:" + id);
			assertThat(visits(browser, cookie)).isEqualTo(3);
			agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
			assertThat(visits(agent)).isEqualTo(1);
			browser.delete()
				.uri("/visits")
				.cookie("SESSION", cookie.getValue())
				.retrieve()
				.toBodilessEntity()
				.block(TIMEOUT);
			assertThat(redis.command("EXISTS", theirs)).isEqualTo("0");
			assertThat(visits(agent)).isEqualTo(2);
			agent.close().block(TIMEOUT);
		}
	}

	private static ConfigurableApplicationContext start(LocalRedis redis) {
		return new SpringApplicationBuilder(Application.class).run("--server.port=0", "--server.address=127.0.0.1",
				"--spring.main.banner-mode=off", "--spring.main.web-application-type=reactive",
				"--spring.data.redis.host=" + redis.host(), "--spring.data.redis.port=" + redis.port(),
				"--spring.session.timeout=7m", "--agentsocket.session.store=auto");
	}

	private static int visits(AgentSocketClient agent) {
		Integer visits = agent.invoke("visits").toMono(Integer.class).block(TIMEOUT);
		assertThat(visits).isNotNull();
		return visits;
	}

	private static int visits(WebClient browser, ResponseCookie cookie) {
		Integer visits = browser.get()
			.uri("/visits")
			.cookie("SESSION", cookie.getValue())
			.retrieve()
			.bodyToMono(Integer.class)
			.block(TIMEOUT);
		assertThat(visits).isNotNull();
		return visits;
	}

	private static void awaitGone(LocalRedis redis, String key) {
		Await.until(() -> redis.command("EXISTS", key).equals("0"));
	}

	/** Both kinds of sessions. */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		SecurityWebFilterChain openToAll(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

		@Bean
		Visits visits() {
			return new Visits();
		}

		@Bean
		Pages pages() {
			return new Pages();
		}

	}

	/** For agents. */
	static class Visits {

		@AgentTool("visits")
		Mono<Integer> visits(AgentSession session) {
			return session.updateAttribute("visits", Integer.class, (before) -> (before != null) ? before + 1 : 1);
		}

	}

	/** For browsers. */
	@RestController
	static class Pages {

		@GetMapping("/visits")
		int visits(WebSession session) {
			Integer before = session.getAttribute("visits");
			int visits = (before != null) ? before + 1 : 1;
			session.getAttributes().put("visits", visits);
			return visits;
		}

		@DeleteMapping("/visits")
		Mono<Void> end(WebSession session) {
			return session.invalidate();
		}

	}

}
