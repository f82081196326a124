package io.agentsocket.server;

import java.io.IOException;
import java.time.Duration;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.server.WebFilter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A HELLO that is on its way as soon as the response to the upgrade is, where the filters
 * of the application have left the event loop for the web session and the security
 * context.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "server.address=127.0.0.1", "agentsocket.session.store=memory", "spring.autoconfigure.exclude="
				+ "org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration" })
class EarlyHelloTests {

	private static final int TIMES = Integer.getInteger("agentsocket.early-hello.times", 200);

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	@Test
	void isNotLost() throws IOException {
		byte[] hello = PlainSocket.hello();
		for (int i = 0; i < TIMES; i++) {
			try (PlainSocket socket = PlainSocket.upgraded(this.port, TIMEOUT)) {
				socket.send(PlainSocket.BINARY, hello);
				PlainSocket.Received answer = socket.next();
				assertThat(answer.closeCode()).as("close code of connection " + i).isZero();
				assertThat(answer.opcode()).isEqualTo(PlainSocket.BINARY);
			}
		}
	}

	/** Filters that go on in other threads. */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).build();
		}

		@Bean
		WebFilter elsewhere() {
			return (exchange, chain) -> exchange.getSession()
				.publishOn(Schedulers.boundedElastic())
				.doOnNext((session) -> session.getAttributes().put("seen", true))
				.then(chain.filter(exchange))
				.contextWrite(ReactiveSecurityContextHolder
					.withSecurityContext(Mono.just(new SecurityContextImpl()).publishOn(Schedulers.boundedElastic())));
		}

	}

}
