package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.server.bounds.RefusedHandshakes;
import io.agentsocket.session.Identities;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Handshakes and renewals of tokens end, and hold nothing, when the application's own
 * parts fail in them.
 */
class FailingIdentitiesTests {

	/** The security framework cannot tell when a credential expires, from a time on. */
	private static Identities failing(AtomicBoolean fails) {
		return new Identities() {

			@Override
			public Instant expiresAt(Principal principal) {
				if (fails.get()) {
					throw new UnsupportedOperationException("no such claim");
				}
				// Never.
				return Instant.MAX;
			}

		};
	}

	@Test
	void renewalThatFailsHereHasAnEnd() {
		AtomicBoolean fails = new AtomicBoolean();
		Principal alice = () -> "alice";
		try (TestServer server = new TestServer(ServerSettings.DEFAULTS,
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)).identities(failing(fails)))) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri())
				.bearerToken("first")
				.tokenInHello()
				.build();
			client.connect().block(Await.LONG);
			for (int i = 0; i < 2; i++) {
				fails.set(i == 0);
				Throwable error = catchThrowable(() -> client.invoke("as.authenticate")
					.arguments(Map.of("token", "another"))
					.toMono(Map.class)
					.block(Await.LONG));
				if (fails.get()) {
					assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INTERNAL);
				}
				else {
					assertThat(error).isNull();
				}
			}
			client.close().block(Await.LONG);
		}
	}

	@Test
	void agentThatCannotBeGreetedHoldsNeitherAConnectionNorASession() throws InterruptedException {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.unconfirmedTimeout(Duration.ofMillis(100))
			.build();
		Principal alice = () -> "alice";
		AtomicBoolean fails = new AtomicBoolean(true);
		try (TestServer server = new TestServer(settings,
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)).identities(failing(fails)));
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.INTERNAL.code());
			Await.until(() -> server.server().sessions().isEmpty() && server.server().bounds().isUnused());
		}
	}

	@Test
	void agentThatCannotBeGreetedAgainIsNoFaultOfTheStore() throws InterruptedException {
		Principal alice = () -> "alice";
		AtomicBoolean fails = new AtomicBoolean();
		try (TestServer server = new TestServer(ServerSettings.DEFAULTS,
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)).identities(failing(fails)));
				RawSocket first = new RawSocket(server.port(), RawAgent.CBOR.subProtocol(),
						Map.of(TestServer.PRINCIPAL, "alice"));
				RawSocket again = new RawSocket(server.port(), RawAgent.CBOR.subProtocol(),
						Map.of(TestServer.PRINCIPAL, "alice"))) {
			Welcome welcome = RawAgent.open(first);
			first.close();
			fails.set(true);
			again.send(RawAgent.hello(RawAgent.resume(welcome, 1)));
			assertThat(RawAgent.closeCode(again)).isEqualTo(CloseCode.INTERNAL.code());
			RefusedHandshakes refused = server.server().bounds().refusedHandshakes();
			Await.until(() -> refused.total(CloseCode.INTERNAL.code()) > 0);
			assertThat(refused.total(CloseCode.STORE_UNAVAILABLE.code())).isZero();
		}
	}

}
