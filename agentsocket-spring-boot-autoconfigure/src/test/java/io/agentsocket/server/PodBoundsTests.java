package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.server.bounds.BucketRates;
import io.agentsocket.server.bounds.Refusal;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bounds of all sessions together, each met over a socket: what is answered, what is
 * counted, and that an agent that resumes is let in.
 */
class PodBoundsTests {

	/** A fifth of it is the time in which no silent socket loses its place. */
	private static final Duration HELLO = Await.LONG.multipliedBy(5);

	/** An address may take as many times its share. */
	private static final int SHARES = 5;

	private static final Action NEVER = Action.named("never").handler((exchange) -> Mono.never());

	private static final Action ECHO = Action.named("echo").handler((exchange) -> Mono.just("x"));

	private static TestServer server(Consumer<ServerBounds.Builder> bounds, Action... actions) {
		ServerBounds.Builder builder = ServerBounds.builder();
		bounds.accept(builder);
		return new TestServer(ServerSettings.builder()
			.helloTimeout(HELLO)
			.unconfirmedTimeout(Await.LONG)
			.bounds(builder.build())
			.build(), (server) -> {
			}, actions);
	}

	private static long refused(TestServer server, Refusal reason) {
		return server.server().bounds().refusals().total(reason);
	}

	/** Everything that was taken has been given back. */
	private static void assertUnused(TestServer server) {
		Await.until(() -> server.server().bounds().isUnused());
	}

	private static HttpClientResponse upgrade(TestServer server) {
		return Objects.requireNonNull(HttpClient.create()
			.headers((headers) -> headers.set("Upgrade", "websocket")
				.set("Connection", "Upgrade")
				.set("Sec-WebSocket-Version", "13")
				.set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
				.set("Sec-WebSocket-Protocol", RawAgent.CBOR.subProtocol()))
			.get()
			.uri("http://127.0.0.1:" + server.port() + "/agentsocket")
			.response()
			.block(Await.LONG));
	}

	private static int retryAfter(HttpClientResponse response) {
		return Integer.parseInt(Objects.requireNonNull(response.responseHeaders().get("Retry-After")));
	}

	@Test
	void socketsWithoutASessionHavePlacesInTheServer() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakes(2))) {
			RawSocket first = new RawSocket(server.port(), RawAgent.CBOR.subProtocol());
			RawSocket second = new RawSocket(server.port(), RawAgent.CBOR.subProtocol());
			Await.until(() -> server.server().connections() == 2);
			HttpClientResponse refused = upgrade(server);
			assertThat(refused.status().code()).isEqualTo(503);
			assertThat(retryAfter(refused)).isBetween(1, (int) HELLO.toSeconds());
			assertThat(refused(server, Refusal.HANDSHAKES)).isEqualTo(1);
			RawAgent.open(first);
			// WELCOME comes before the place of the socket is free.
			Await.until(() -> server.server().bounds().handshakes().taken() == 1);
			try (RawCaller third = new RawCaller(server).open()) {
				assertThat(third.welcome().status()).isEqualTo(Welcome.Status.NEW);
			}
			first.close();
			second.close();
			Await.until(() -> server.server().bounds().handshakes().taken() == 0);
		}
	}

	@Test
	void socketsWithoutASessionHavePlacesForTheirAddress() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakesPerAddress(1))) {
			List<RawSocket> silent = new ArrayList<>();
			for (int i = 1; i <= SHARES; i++) {
				silent.add(new RawSocket(server.port(), RawAgent.CBOR.subProtocol()));
				int open = i;
				Await.until(() -> server.server().connections() == open);
			}
			HttpClientResponse refused = upgrade(server);
			assertThat(refused.status().code()).isEqualTo(429);
			assertThat(retryAfter(refused)).isPositive();
			assertThat(refused(server, Refusal.ADDRESS_HANDSHAKES)).isEqualTo(1);
			RawAgent.open(silent.get(0));
			Await.until(() -> server.server().bounds().handshakes().taken() == SHARES - 1);
			try (RawCaller next = new RawCaller(server).open()) {
				assertThat(next.welcome().status()).isEqualTo(Welcome.Status.NEW);
			}
			silent.forEach(RawSocket::close);
		}
	}

	@Test
	void principalHasSoManySessionsAndResumesThem() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxSessionsPerPrincipal(1))) {
			RawCaller first = new RawCaller(server, "alice").open();
			try (RawCaller second = new RawCaller(server, "alice");
					RawCaller other = new RawCaller(server, "bob").open()) {
				second.socket().send(RawAgent.hello(null));
				assertThat(RawAgent.closeCode(second.socket())).isEqualTo(CloseCode.OVERLOADED.code());
				assertThat(refused(server, Refusal.PRINCIPAL_SESSIONS)).isEqualTo(1);
				assertThat(other.welcome().status()).isEqualTo(Welcome.Status.NEW);
				other.end();
			}
			first.close();
			Await.until(() -> server.server().operators().load().attached() == 0);
			try (RawCaller again = new RawCaller(server, "alice")) {
				again.socket().send(RawAgent.hello(RawAgent.resume(first.welcome(), 1)));
				assertThat(RawAgent.welcome(again.socket()).status()).isEqualTo(Welcome.Status.RESUMED);
				again.end();
			}
			assertUnused(server);
			try (RawCaller anew = new RawCaller(server, "alice").open()) {
				assertThat(anew.welcome().status()).isEqualTo(Welcome.Status.NEW);
			}
		}
	}

	@Test
	void addressHasSoManySessionsAndResumesThem() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxSessionsPerAddress(1))) {
			RawCaller first = new RawCaller(server).open();
			first.close();
			Await.until(() -> server.server().connections() == 0);
			try (RawCaller second = new RawCaller(server); RawCaller again = new RawCaller(server)) {
				second.socket().send(RawAgent.hello(null));
				assertThat(RawAgent.closeCode(second.socket())).isEqualTo(CloseCode.OVERLOADED.code());
				assertThat(refused(server, Refusal.ADDRESS_SESSIONS)).isEqualTo(1);
				again.socket().send(RawAgent.hello(RawAgent.resume(first.welcome(), 1)));
				assertThat(RawAgent.welcome(again.socket()).status()).isEqualTo(Welcome.Status.RESUMED);
				again.end();
			}
			assertUnused(server);
		}
	}

	@Test
	void serverHasSoManyConnectionsAndMoreThatResume() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxConnections(1))) {
			RawCaller first = new RawCaller(server).open();
			try (RawCaller second = new RawCaller(server)) {
				second.socket().send(RawAgent.hello(null));
				assertThat(RawAgent.closeCode(second.socket())).isEqualTo(CloseCode.OVERLOADED.code());
				assertThat(refused(server, Refusal.CONNECTIONS)).isEqualTo(1);
			}
			try (RawCaller again = new RawCaller(server)) {
				again.socket().send(RawAgent.hello(RawAgent.resume(first.welcome(), 1)));
				assertThat(RawAgent.welcome(again.socket()).status()).isEqualTo(Welcome.Status.RESUMED);
			}
			first.close();
		}
	}

	@Test
	void noSessionIsOpenedWithoutMemoryAndOneThatIsThereIsResumed() throws Exception {
		try (TestServer server = server((bounds) -> bounds.memory(8 << 20))) {
			RawCaller first = new RawCaller(server).open();
			long taken = 6 << 20;
			server.server().bounds().memory().add(taken);
			assertThat(server.server().isAccepting()).isFalse();
			try (RawCaller second = new RawCaller(server); RawCaller again = new RawCaller(server)) {
				second.socket().send(RawAgent.hello(null));
				assertThat(RawAgent.closeCode(second.socket())).isEqualTo(CloseCode.OVERLOADED.code());
				assertThat(refused(server, Refusal.MEMORY_SESSIONS)).isEqualTo(1);
				again.socket().send(RawAgent.hello(RawAgent.resume(first.welcome(), 1)));
				assertThat(RawAgent.welcome(again.socket()).status()).isEqualTo(Welcome.Status.RESUMED);
				again.end();
			}
			first.close();
			server.server().bounds().memory().add(-taken);
			assertUnused(server);
		}
	}

	@Test
	void principalHasSoManyOpenInvocationsInAllItsSessions() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxInvocationsPerPrincipal(2), NEVER, ECHO)) {
			try (RawCaller first = new RawCaller(server, "alice").open();
					RawCaller second = new RawCaller(server, "alice").open();
					RawCaller other = new RawCaller(server, "bob").open()) {
				first.invoke("never", 0);
				int last = first.invoke("never", 0);
				Await.until(() -> server.server().operators().load().served() == 2);
				// A session counts for its principal at the end of its turn.
				Await.until(() -> isRefused(second));
				assertThat(refused(server, Refusal.PRINCIPAL_INVOCATIONS)).isEqualTo(1);
				assertThat(other.answer(other.invoke("echo", 0))).isInstanceOf(Frame.Item.class);
				first.send(new Frame.Interrupt(last, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
				assertThat(first.answer(last)).isInstanceOf(Frame.Error.class);
				Await.until(() -> server.server().operators().load().served() == 1);
				Await.until(() -> !isRefused(second));
				first.end();
				second.end();
				other.end();
			}
			assertUnused(server);
		}
	}

	@Test
	void addressHasSoManyOpenInvocationsInAllItsSessions() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxInvocationsPerAddress(1), NEVER, ECHO);
				RawCaller first = new RawCaller(server, "alice").open();
				RawCaller second = new RawCaller(server, "bob").open()) {
			first.invoke("never", 0);
			Await.until(() -> server.server().operators().load().served() == 1);
			Await.until(() -> isRefused(second));
			assertThat(refused(server, Refusal.ADDRESS_INVOCATIONS)).isEqualTo(1);
		}
	}

	@Test
	void sessionAndToolHaveTheirRates() throws Exception {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(HELLO).build(),
				(builder) -> builder.invocationRates(new BucketRates(3, Map.of("rare", 1))), ECHO,
				Action.named("rare").handler((exchange) -> Mono.just("r")));
				RawCaller first = new RawCaller(server).open();
				RawCaller second = new RawCaller(server).open()) {
			// A second's worth comes at once, and the machine may be slow.
			Metadata refused = null;
			for (int i = 0; refused == null && i < 1000; i++) {
				refused = first.refusal(first.invoke("echo", 0));
			}
			assertThat(Objects.requireNonNull(Objects.requireNonNull(refused).details()).retry()).isBetween(1L, 334L);
			assertThat(refused(server, Refusal.SESSION_RATE)).isEqualTo(1);
			assertThat(second.answer(second.invoke("rare", 0))).isInstanceOf(Frame.Item.class);
			Metadata ofTool = null;
			RawCaller[] more = { second, new RawCaller(server).open(), new RawCaller(server).open() };
			for (int i = 0; ofTool == null && i < 1000; i++) {
				RawCaller agent = more[i % more.length];
				ofTool = agent.refusal(agent.invoke("rare", 0));
			}
			assertThat(Objects.requireNonNull(ofTool).details()).isNotNull();
			assertThat(refused(server, Refusal.TOOL_RATE) + refused(server, Refusal.SESSION_RATE)).isEqualTo(2);
			for (int i = 1; i < more.length; i++) {
				more[i].close();
			}
		}
	}

	@Test
	void sessionHoldsSoMuch() throws Exception {
		try (TestServer server = server((bounds) -> bounds.sessionMemory(64 * 1024), NEVER, ECHO)) {
			try (RawCaller agent = new RawCaller(server).open(); RawCaller other = new RawCaller(server).open()) {
				// Each counts twice, and its call a KiB.
				for (int i = 0; i < 4; i++) {
					agent.invoke("never", 7 * 1024);
				}
				assertRefused(agent, agent.invoke("never", 10 * 1024));
				assertThat(refused(server, Refusal.SESSION_MEMORY)).isEqualTo(1);
				assertThat(agent.answer(agent.invoke("echo", 0))).isInstanceOf(Frame.Item.class);
				assertThat(other.answer(other.invoke("echo", 10 * 1024))).isInstanceOf(Frame.Item.class);
				agent.end();
				other.end();
			}
			assertUnused(server);
		}
	}

	@Test
	void itemAndResultBeyondTheMemoryOfTheirSessionHaveATimeForARetry() throws Exception {
		Action large = Action.named("large").handler((exchange) -> Mono.just("x".repeat(20 * 1024)));
		Action take = Action.named("take").items(Map.of()).handler((exchange) -> Mono.never());
		try (TestServer server = server((bounds) -> bounds.sessionMemory(40 * 1024), NEVER, take, large);
				RawCaller agent = new RawCaller(server).open()) {
			agent.invoke("never", 12 * 1024);
			assertNoRoom(agent.answer(agent.invoke("large", 0)));
			int id = agent.invoke("never", 0) + 2;
			agent.send(new Frame.Invoke(id, false, Frame.Ref.name("take"), Bytes.EMPTY, Bytes.EMPTY));
			agent.send(new Frame.Item(FrameType.BYTES, id, false, Bytes.EMPTY, Bytes.of(new byte[14 * 1024])));
			assertNoRoom(agent.answer(id));
		}
	}

	private static void assertNoRoom(Frame frame) {
		assertThat(frame).isInstanceOf(Frame.Error.class);
		Frame.Error error = (Frame.Error) frame;
		assertThat(error.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED.code());
		assertThat(error.retryable()).isTrue();
		assertThat(error.mayHaveRun()).isTrue();
		Metadata metadata = RawAgent.CBOR.decodeMetadata(error.metadata());
		assertThat(Objects.requireNonNull(metadata.details()).retry()).isEqualTo(2000);
	}

	/** Whether one more call of an agent is refused. */
	private static boolean isRefused(RawCaller agent) {
		try {
			Metadata metadata = agent.refusal(agent.invoke("echo", 0));
			assertThat(metadata == null || Objects.requireNonNull(metadata.details()).retry() == 2000).isTrue();
			return metadata != null;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void assertRefused(RawCaller agent, int id) throws InterruptedException {
		Metadata metadata = agent.refusal(id);
		assertThat(metadata).isNotNull();
		assertThat(Objects.requireNonNull(metadata.details()).retry()).isEqualTo(2000);
	}

}
