package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Identities;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Handshakes and renewals of tokens end, and hold nothing, when the application's own
 * parts fail in them.
 */
class FailingIdentitiesTests {

	private static final Runnable NOTHING = () -> {
	};

	/** Knows when a credential expires, unless the fault throws. */
	private static Identities after(AtomicReference<Runnable> fault) {
		return new Identities() {

			@Override
			public Instant expiresAt(Principal principal) {
				fault.get().run();
				// Never.
				return Instant.MAX;
			}

		};
	}

	private static Runnable throwing(Throwable error) {
		return () -> {
			if (error instanceof Error fatal) {
				throw fatal;
			}
			throw (RuntimeException) error;
		};
	}

	/** Reactor throws the last two in place of a signal, where they meet an operator. */
	static Stream<Throwable> errors() {
		return Stream.of(new UnsupportedOperationException("no such claim"), new AssertionError("broken"),
				new StackOverflowError(), new NoClassDefFoundError("com/example/Missing"));
	}

	private static Mono<?> renewal(AgentSocketClient client) {
		return client.invoke("as.authenticate").arguments(Map.of("token", "another")).toMono(Map.class);
	}

	@ParameterizedTest
	@MethodSource("errors")
	void renewalThatFailsHereHasAnEnd(Throwable error) {
		AtomicReference<Runnable> fault = new AtomicReference<>(NOTHING);
		Principal alice = () -> "alice";
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)).identities(after(fault)))) {
			assertRenewedAfter(server, fault, throwing(error), ErrorCode.INTERNAL);
		}
	}

	@ParameterizedTest
	@MethodSource("errors")
	void renewalWhoseRuleOfVisibilityFailsHasAnEnd(Throwable error) {
		AtomicReference<Runnable> fault = new AtomicReference<>(NOTHING);
		Principal alice = () -> "alice";
		Action seen = Action.named("seen").visibleTo((session) -> {
			fault.get().run();
			return true;
		}).handler((exchange) -> Mono.empty());
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)), seen)) {
			AgentSocketClient client = client(server);
			fault.set(throwing(error));
			// A rule that throws hides its action, or the renewal fails.
			catchThrowable(() -> renewal(client).block(Await.LONG));
			fault.set(NOTHING);
			assertThat(catchThrowable(() -> renewal(client).block(Await.LONG))).isNull();
			client.close().block(Await.LONG);
		}
	}

	@ParameterizedTest
	@MethodSource("errors")
	void renewalWhoseAuthenticatorFailsHasAnEnd(Throwable error) {
		AtomicReference<Runnable> fault = new AtomicReference<>(NOTHING);
		Principal alice = () -> "alice";
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.authenticator((token, upgrade) -> Mono.defer(() -> {
					fault.get().run();
					return Mono.just(alice);
				})))) {
			assertRenewedAfter(server, fault, throwing(error), ErrorCode.UNAUTHENTICATED);
		}
	}

	@Test
	void renewalWhosePrincipalFailsOnAnotherThreadHasAnEnd() {
		AtomicReference<Runnable> fault = new AtomicReference<>(NOTHING);
		Principal alice = () -> {
			fault.get().run();
			return "alice";
		};
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Duration.ofSeconds(1)).build(),
				(builder) -> builder
					.authenticator((token, upgrade) -> Mono.<Principal>just(alice).publishOn(Schedulers.parallel())))) {
			AgentSocketClient client = client(server);
			fault.set(throwing(new NoClassDefFoundError("com/example/Missing")));
			assertThat(catchThrowable(() -> renewal(client).block(Await.LONG))).isInstanceOf(ActionException.class);
			fault.set(NOTHING);
			// Nothing tells the check of it: its time ends.
			Await.untilAsserted(() -> assertThat(catchThrowable(() -> renewal(client).block(Await.LONG))).isNull());
			client.close().block(Await.LONG);
		}
	}

	private static AgentSocketClient client(TestServer server) {
		AgentSocketClient client = AgentSocketClient.builder(server.uri()).bearerToken("first").tokenInHello().build();
		client.connect().block(Await.LONG);
		return client;
	}

	private static void assertRenewedAfter(TestServer server, AtomicReference<Runnable> fault, Runnable present,
			ErrorCode code) {
		AgentSocketClient client = client(server);
		fault.set(present);
		Throwable failure = catchThrowable(() -> renewal(client).block(Await.LONG));
		assertThat(((ActionException) failure).errorCode()).isEqualTo(code);
		fault.set(NOTHING);
		assertThat(catchThrowable(() -> renewal(client).block(Await.LONG))).isNull();
		client.close().block(Await.LONG);
	}

	@Test
	void agentThatCannotBeGreetedHoldsNeitherAConnectionNorASession() throws InterruptedException {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.unconfirmedTimeout(Duration.ofMillis(100))
			.build();
		Principal alice = () -> "alice";
		AtomicReference<Runnable> fault = new AtomicReference<>(throwing(new IllegalStateException("no claim")));
		try (TestServer server = new TestServer(settings,
				(builder) -> builder.authenticator((token, upgrade) -> Mono.just(alice)).identities(after(fault)));
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(Map.of("auth", "a token")))));
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.INTERNAL.code());
			Await.until(() -> server.server().sessions().isEmpty() && server.server().bounds().isUnused());
		}
	}

}
