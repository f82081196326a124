package io.agentsocket.autoconfigure.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with its sessions in Redis stops while agents are at work: the factory
 * of the connections waits for its event loops then, and none of these may wait for the
 * factory. The log has no error then. {@code -Dagentsocket.test.stops} sets how often.
 */
@WithRedis
class ShutdownTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final int STOPS = Integer.getInteger("agentsocket.test.stops", 3);

	private static final int AGENTS = 8;

	@Test
	@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void stopsInTimeWhileAgentsAreAtWork(LocalRedis redis) throws InterruptedException {
		for (int i = 0; i < STOPS; i++) {
			stop(redis, i);
		}
	}

	private static void stop(LocalRedis redis, int round) throws InterruptedException {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run("--server.port=0",
				"--server.address=127.0.0.1", "--spring.data.redis.host=" + redis.host(),
				"--spring.data.redis.port=" + redis.port(), "--agentsocket.session.store=redis",
				"--agentsocket.server.drain-timeout=200ms", "--agentsocket.server.drain-spread=0ms",
				"--spring.main.banner-mode=off",
				// As applications have it, and not as all other tests do.
				"--spring.reactor.netty.shutdown-quiet-period=2s");
		int port = ((ReactiveWebServerApplicationContext) context).getWebServer().getPort();
		List<AgentSocketClient> agents = new ArrayList<>();
		for (int i = 0; i < AGENTS; i++) {
			AgentSocketClient agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket")
				.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
				.build();
			agents.add(agent);
			agent.connect().block(TIMEOUT);
			agent.invoke("count")
				.arguments(Map.of())
				.toMono(String.class)
				.repeat(() -> true)
				.subscribe(null, (error) -> {
				});
		}
		LogLines lines = LogLines.ofAll();
		try (lines) {
			// So that each stop finds the pod in another moment of its second.
			Mono.delay(Duration.ofMillis(50L * (round % 20))).block();
			Thread stopping = new Thread(context::close, "stop " + round);
			stopping.start();
			stopping.join(TIMEOUT.toMillis());
			String where = List.of(stopping.getStackTrace()).toString();
			assertThat(stopping.isAlive()).as("stop " + round + " hangs: " + where).isFalse();
			Flux.fromIterable(agents).flatMap(AgentSocketClient::close).blockLast(TIMEOUT);
		}
		assertThat(lines.list).as("log of stop " + round)
			.filteredOn((line) -> line.getLevel().isGreaterOrEqual(Level.ERROR) || line.getThrowableProxy() != null)
			.extracting((line) -> line.getLoggerName() + ": " + line.getFormattedMessage() + " "
					+ ThrowableProxyUtil.asString(line.getThrowableProxy()))
			.isEmpty();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Action count() {
			return Action.named("count")
				.handler((exchange) -> exchange.session()
					.updateAttribute("count", Integer.class, (before) -> (before != null) ? before + 1 : 1)
					.thenReturn("counted"));
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).build();
		}

	}

}
