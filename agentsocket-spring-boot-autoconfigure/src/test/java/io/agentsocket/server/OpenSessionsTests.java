package io.agentsocket.server;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many sessions are opened and how long those stay that are only opened; what all of
 * them are told of the catalog and of events.
 */
class OpenSessionsTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final String HELLO = "00a0";

	private static TestServer server(int maxSessions, Duration unconfirmed, Action... actions) {
		return new TestServer(ServerSettings.builder()
			.maxSessions(maxSessions)
			.helloTimeout(Duration.ofSeconds(60))
			.unconfirmedTimeout(unconfirmed)
			.build(), (builder) -> {
			}, actions);
	}

	private static void await(BooleanSupplier condition) {
		Flux.interval(Duration.ofMillis(5)).takeUntil((tick) -> condition.getAsBoolean()).blockLast(TIMEOUT);
	}

	@Test
	@Timeout(60)
	void socketsWithoutASessionCount() throws Exception {
		try (TestServer server = server(2, Duration.ofSeconds(10));
				RawSocket first = new RawSocket(server.port(), "agentsocket.v1.cbor");
				RawSocket second = new RawSocket(server.port(), "agentsocket.v1.cbor")) {
			await(() -> server.server().connections() == 2);
			assertThat(server.server().isAccepting()).isFalse();
			try (RawSocket third = new RawSocket(server.port(), "agentsocket.v1.cbor")) {
				assertThat(third.next(TIMEOUT).isClose()).isTrue();
			}
			first.send(HELLO);
			second.send(HELLO);
			assertThat(first.next(TIMEOUT).isClose()).isFalse();
			assertThat(second.next(TIMEOUT).isClose()).isFalse();
			assertThat(server.server().sessions()).hasSize(2);
			assertThat(server.server().isAccepting()).isFalse();
		}
	}

	@Test
	@Timeout(60)
	void socketThatGoesWithoutHelloGivesItsPlaceBack() {
		try (TestServer server = server(1, Duration.ofSeconds(10))) {
			RawSocket socket = new RawSocket(server.port(), "agentsocket.v1.cbor");
			await(() -> !server.server().isAccepting());
			socket.close();
			await(() -> server.server().isAccepting());
		}
	}

	@Test
	@Timeout(60)
	void sessionThatWasOnlyOpenedDoesNotStayForLong() throws Exception {
		try (TestServer server = server(100, Duration.ofMillis(50))) {
			RawSocket silent = new RawSocket(server.port(), "agentsocket.v1.cbor");
			RawSocket known = new RawSocket(server.port(), "agentsocket.v1.cbor");
			known.send(HELLO);
			assertThat(known.next(TIMEOUT).isClose()).isFalse();
			// ACK of nothing, as a ping that is answered.
			known.send("110000");
			assertThat(known.next(TIMEOUT).isClose()).isFalse();
			String id = server.server().sessions().get(0).id();
			silent.send(HELLO);
			assertThat(silent.next(TIMEOUT).isClose()).isFalse();
			assertThat(server.server().sessions()).hasSize(2);
			known.close();
			silent.close();
			await(() -> server.server().sessions().size() == 1);
			assertThat(server.server().sessions()).extracting(AgentSession::id).containsExactly(id);
		}
	}

	@Test
	@Timeout(60)
	void predicateThatThrowsHidesItsActionAndNothingElse() {
		AtomicReference<String> unlucky = new AtomicReference<>();
		Set<String> threads = ConcurrentHashMap.newKeySet();
		Action broken = Action.named("broken").visibleTo((session) -> {
			threads.add(Thread.currentThread().getName());
			if (session.id().equals(unlucky.get())) {
				throw new IllegalStateException("no principal");
			}
			return true;
		}).handler((exchange) -> Mono.just("x"));
		try (TestServer server = server(100, Duration.ofSeconds(10), broken)) {
			AgentSocketClient one = AgentSocketClient.builder(server.uri()).build();
			AgentSocketClient other = AgentSocketClient.builder(server.uri()).build();
			one.connect().block(TIMEOUT);
			unlucky.set(one.sessionId());
			other.connect().block(TIMEOUT);
			threads.clear();
			StepVerifier.create(Flux.merge(one.changes().take(1), other.changes().take(1)))
				.then(() -> server.catalog().add(Action.named("news").handler((exchange) -> Mono.just("n"))))
				.assertNext((change) -> assertThat(change.name()).isEqualTo("news"))
				.assertNext((change) -> assertThat(change.name()).isEqualTo("news"))
				.expectComplete()
				.verify(TIMEOUT);
			assertThat(threads).doesNotContain(Thread.currentThread().getName());
			StepVerifier.create(other.changes().take(1))
				.then(() -> server.catalog()
					.replace(Action.named("broken").description("changed").handler((exchange) -> Mono.just("y"))))
				.assertNext((change) -> assertThat(change.name()).isEqualTo("broken"))
				.expectComplete()
				.verify(TIMEOUT);
			one.close().block(TIMEOUT);
			other.close().block(TIMEOUT);
		}
	}

	@Test
	void broadcastHasTheSameBytesAsALocalEvent() {
		java.util.Map<String, Object> payload = java.util.Map.of("data", new byte[] { 1, 2, 3 });
		java.util.List<Codec> codecs = java.util.List.of(JacksonCodec.json(), JacksonCodec.cbor());
		Broadcast sent = Broadcast.of("news", payload, codecs);
		Broadcast received = Broadcast.unpack(sent.pack());
		assertThat(received.name()).isEqualTo("news");
		codecs.forEach((codec) -> assertThat(received.payload(codec)).isEqualTo(codec.encode(payload)));
		Broadcast empty = Broadcast.unpack(Broadcast.of("tick", null, codecs).pack());
		codecs.forEach((codec) -> assertThat(empty.payload(codec)).isEqualTo(Bytes.EMPTY));
	}

}
