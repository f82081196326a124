package io.agentsocket.server;

import java.time.Duration;
import java.util.Objects;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Identity of an agent that sends a token in HELLO, in an application in which Spring
 * Security lets anonymous requests through.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "server.address=127.0.0.1", "agentsocket.session.store=memory" })
class HelloIdentityTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final JacksonCodec CODEC = JacksonCodec.json();

	@LocalServerPort
	private int port;

	@Test
	void theTokenCountsForEveryWayToAsk() throws InterruptedException {
		for (String way : IdentityApplication.WAYS) {
			assertThat(outcome("alice", way)).as(way).isEqualTo("alice ADMIN");
		}
		assertThat(outcome("alice", "restricted")).isEqualTo("alice ADMIN");
	}

	@Test
	void theAnonymousPrincipalOfSpringSecurityIsNobody() throws InterruptedException {
		assertThat(outcome(null, "exchange")).isEqualTo("nobody");
		assertThat(outcome(null, "session")).isEqualTo("nobody");
		assertThat(outcome(null, "parameter")).isEqualTo("error " + ErrorCode.UNAUTHENTICATED.code());
	}

	@Test
	void aPrincipalWithoutANameIsRefused() throws InterruptedException {
		assertThat(outcome("", "exchange")).isEqualTo("close " + CloseCode.FORBIDDEN.code());
	}

	private String outcome(@Nullable String token, String action) throws InterruptedException {
		try (RawSocket socket = new RawSocket(this.port, "agentsocket.v1.json")) {
			send(socket, new Frame.Hello(
					new Hello(token, null, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null).encode(CODEC)));
			RawSocket.Received welcome = Objects.requireNonNull(socket.next(TIMEOUT));
			if (welcome.isClose()) {
				return "close " + welcome.closeCode();
			}
			send(socket, new Frame.Invoke(1, true, Frame.Ref.name(action), Bytes.EMPTY, Bytes.EMPTY));
			while (true) {
				FrameReader reader = new FrameReader(
						Bytes.of(Objects.requireNonNull(Objects.requireNonNull(socket.next(TIMEOUT)).message())),
						Limits.CLIENT);
				for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
					if (frame instanceof Frame.Item item) {
						return item.body().toUtf8().replace("\"", "");
					}
					if (frame instanceof Frame.Error error) {
						return "error " + error.code();
					}
				}
			}
		}
	}

	private static void send(RawSocket socket, Frame frame) {
		FrameWriter writer = new FrameWriter(512);
		writer.write(frame, true);
		socket.send(writer.take().exactArray());
	}

	/** Everybody may connect. */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).anonymous((anonymous) -> {
			}).build();
		}

		@Bean
		HelloAuthenticator authenticator() {
			return new HelloAuthenticator() {

				@Override
				public boolean isRequired() {
					return false;
				}

				@Override
				public Mono<UsernamePasswordAuthenticationToken> authenticate(String token, UpgradeRequest upgrade) {
					return Mono.just(UsernamePasswordAuthenticationToken.authenticated(token, "n/a",
							AuthorityUtils.createAuthorityList("ROLE_ADMIN")));
				}

			};
		}

		@Bean
		IdentityApplication.Tools tools() {
			return new IdentityApplication.Tools();
		}

		@Bean
		Action action() {
			return new IdentityApplication().action();
		}

	}

}
