package io.agentsocket.server;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tokens in HELLO that an authenticator of the application refuses, in whichever way.
 */
class HelloAuthenticatorTests {

	private static Stream<HelloAuthenticator> refusing() {
		return Stream.of((token, handshake) -> Mono.empty(),
				(token, handshake) -> Mono.error(new IllegalStateException("expired")), (token, handshake) -> {
					throw new IllegalArgumentException("no token of ours");
				});
	}

	@ParameterizedTest
	@MethodSource("refusing")
	void tokenIsNotValid(HelloAuthenticator authenticator) throws InterruptedException {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				authenticator); RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			assertThat(server.server().sessions()).isEmpty();
		}
	}

	@Test
	void authenticatorThatGivesNoAnswerHoldsNoConnection() throws InterruptedException {
		ServerSettings settings = ServerSettings.builder().helloTimeout(Duration.ofSeconds(1)).build();
		HelloAuthenticator silent = (token, handshake) -> Mono.never();
		try (TestServer server = new TestServer(settings, silent);
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.STORE_UNAVAILABLE.code());
			Await.until(() -> server.server().connections() == 0);
			assertThat(server.server().isAccepting()).isTrue();
		}
	}

}
