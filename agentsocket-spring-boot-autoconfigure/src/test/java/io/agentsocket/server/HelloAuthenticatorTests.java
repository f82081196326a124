package io.agentsocket.server;

import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

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
	void tokenThatCannotBeCheckedIsNotCalledInvalid() throws InterruptedException {
		HelloAuthenticator unable = (token, handshake) -> Mono
			.error(new ActionException(ErrorCode.UNAVAILABLE, "No keys").withCause(new IOException("refused")));
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), unable);
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			int code = RawAgent.closeCode(socket);
			assertThat(code).isEqualTo(CloseCode.STORE_UNAVAILABLE.code());
			assertThat(CloseCode.allowsReconnect(code)).isTrue();
		}
	}

	/** The answer of a server to another token of an agent that needs none. */
	private static ActionException renewal(ServerSettings settings, Mono<Principal> answer, int times) {
		HelloAuthenticator optional = new HelloAuthenticator() {

			@Override
			public boolean isRequired() {
				return false;
			}

			@Override
			public Mono<? extends Principal> authenticate(String token, UpgradeRequest upgrade) {
				return answer;
			}

		};
		try (TestServer server = new TestServer(settings, optional)) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri()).build();
			try {
				Throwable error = null;
				for (int i = 0; i < times; i++) {
					error = catchThrowable(() -> client.invoke("as.authenticate")
						.arguments(Map.of("token", "another"))
						.toMono(Map.class)
						.block(Await.LONG));
				}
				return (ActionException) error;
			}
			finally {
				client.close().block(Await.LONG);
			}
		}
	}

	@Test
	void renewalWithoutAnAnswerEndsAndTheNextOneIsTaken() {
		ServerSettings settings = ServerSettings.builder().helloTimeout(Duration.ofMillis(500)).build();
		ActionException error = renewal(settings, Mono.never(), 2);
		assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
		assertThat(error.isRetryable()).isTrue();
	}

	@Test
	void renewalThatIsCancelledIsCheckedToItsEndBeforeTheNextOne() {
		AtomicInteger begun = new AtomicInteger();
		Sinks.One<Principal> answer = Sinks.one();
		HelloAuthenticator slow = new HelloAuthenticator() {

			@Override
			public boolean isRequired() {
				return false;
			}

			@Override
			public Mono<? extends Principal> authenticate(String token, UpgradeRequest upgrade) {
				return answer.asMono().doOnSubscribe((subscription) -> begun.incrementAndGet());
			}

		};
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), slow)) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri()).build();
			Mono<?> renewal = client.invoke("as.authenticate").arguments(Map.of("token", "another")).toMono(Map.class);
			Disposable impatient = renewal.subscribe();
			Await.until(() -> begun.get() == 1);
			impatient.dispose();
			// Its end is known before the next one begins.
			Await.until(() -> server.server().operators().load().served() == 0);
			StepVerifier.create(Await.ended(renewal))
				.expectErrorSatisfies((error) -> assertThat(((ActionException) error).errorCode())
					.isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
				.verify(Await.LONG);
			assertThat(begun).hasValue(1);
			answer.tryEmitEmpty();
			Await.untilAsserted(() -> StepVerifier.create(Await.ended(renewal))
				.expectErrorSatisfies((error) -> assertThat(((ActionException) error).errorCode())
					.isEqualTo(ErrorCode.UNAUTHENTICATED))
				.verify(Await.LONG));
			client.close().block(Await.LONG);
		}
	}

	@Test
	void renewalThatCannotBeCheckedIsNotCalledInvalid() {
		ServerSettings settings = ServerSettings.builder().helloTimeout(Await.LONG).build();
		ActionException error = renewal(settings, Mono.error(new ActionException(ErrorCode.UNAVAILABLE, "No keys")), 1);
		assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
		error = renewal(settings, Mono.error(new IllegalStateException("expired")), 1);
		assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
	}

	@Test
	void authenticatorThatGivesNoAnswerHoldsNoConnection() throws InterruptedException {
		while (!isLetGo()) {
			// Once more.
		}
	}

	/** On a busy machine HELLO may come too late. */
	private static boolean isLetGo() throws InterruptedException {
		ServerSettings settings = ServerSettings.builder().helloTimeout(Duration.ofSeconds(1)).build();
		HelloAuthenticator silent = (token, handshake) -> Mono.never();
		try (TestServer server = new TestServer(settings, silent);
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			int code = RawAgent.closeCode(socket);
			assertThat(code).isIn(CloseCode.STORE_UNAVAILABLE.code(), CloseCode.HELLO_TIMEOUT.code());
			Await.until(() -> server.server().connections() == 0 && server.server().isAccepting());
			return code == CloseCode.STORE_UNAVAILABLE.code();
		}
	}

}
