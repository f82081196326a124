package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.webflux.AgentSocketWebHandler;
import io.agentsocket.webflux.ReactorNettyUpgradeStrategy;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many sessions are opened and how long those stay that are only opened; what all of
 * them are told of the catalog and of events.
 */
class OpenSessionsTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final String HELLO = "00a0";

	private static TestServer server(int maxSessions, Duration unconfirmed, Action... actions) {
		return new TestServer(ServerSettings.builder()
			.maxSessions(maxSessions)
			.helloTimeout(Await.LONG)
			.unconfirmedTimeout(unconfirmed)
			.build(), (builder) -> {
			}, actions);
	}

	@Test
	void invocationKeepsTheServerBusyFromItsFirstMomentOn() {
		AtomicReference<TestServer> running = new AtomicReference<>();
		// Runs in the turn of the loop in which the call has arrived.
		Action asks = Action.named("asks").handler((exchange) -> Mono.just(running.get().server().isIdle()));
		try (TestServer server = server(2, TIMEOUT, asks)) {
			running.set(server);
			AgentSocketClient client = AgentSocketClient.builder(server.uri()).build();
			assertThat(client.invoke("asks").toMono(Boolean.class).block(TIMEOUT)).isFalse();
			client.close().block(TIMEOUT);
		}
	}

	@Test
	void socketsWithoutASessionCount() throws Exception {
		try (TestServer server = server(2, Duration.ofSeconds(10));
				RawSocket first = new RawSocket(server.port(), "agentsocket.v1.cbor");
				RawSocket second = new RawSocket(server.port(), "agentsocket.v1.cbor")) {
			// A socket is counted in two places, one after the other.
			Await.until(() -> server.server().connections() == 2 && !server.server().isAccepting());
			first.send(HELLO);
			second.send(HELLO);
			assertThat(first.next(TIMEOUT).isClose()).isFalse();
			assertThat(second.next(TIMEOUT).isClose()).isFalse();
			// The third one might have resumed a session.
			try (RawSocket third = new RawSocket(server.port(), "agentsocket.v1.cbor")) {
				third.send(HELLO);
				assertThat(RawAgent.closeCode(third)).isEqualTo(CloseCode.OVERLOADED.code());
			}
			assertThat(server.server().sessions()).hasSize(2);
			assertThat(server.server().isAccepting()).isFalse();
			assertThat(server.server().bounds().refusals().total(Refusal.SESSIONS)).isEqualTo(1);
		}
	}

	@Test
	void socketThatGoesWithoutHelloGivesItsPlaceBack() {
		try (TestServer server = server(1, Duration.ofSeconds(10))) {
			RawSocket socket = new RawSocket(server.port(), "agentsocket.v1.cbor");
			Await.until(() -> !server.server().isAccepting());
			socket.close();
			Await.until(() -> server.server().isAccepting());
		}
	}

	@Test
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
			Await.until(() -> server.server().sessions().size() == 1);
			assertThat(server.server().sessions()).extracting(AgentSession::id).containsExactly(id);
		}
	}

	/** The answer to HELLO and the close of its socket meet in different threads. */
	@Test
	void sessionWhoseSocketIsClosedAroundWelcomeHasNoConnection() throws Exception {
		AtomicReference<TestServer> started = new AtomicReference<>();
		CountDownLatch opened = new CountDownLatch(1);
		CountDownLatch detached = new CountDownLatch(1);
		AgentSessionListener listener = new AgentSessionListener() {

			@Override
			public void opened(AgentSession session, OpenReason reason) {
				// The socket is attached, and its connection does not know the session
				// yet.
				opened.countDown();
				Await.until(() -> started.get().server().connections() == 0);
			}

			@Override
			public void detached(AgentSession session, DetachReason reason, int closeCode) {
				detached.countDown();
			}

		};
		Scheduler elsewhere = Schedulers.newSingle("elsewhere");
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(TIMEOUT).build(),
				(builder) -> builder.store(SpyStore.on(elsewhere))
					.sessionListener(listener)
					.sessionListenerExecutor(Runnable::run))) {
			started.set(server);
			RawSocket socket = new RawSocket(server.port(), "agentsocket.v1.cbor");
			socket.send(HELLO);
			assertThat(opened.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			socket.close();
			assertThat(detached.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(server.server().sessions()).noneMatch(AgentSession::isConnected);
		}
		finally {
			elsewhere.dispose();
		}
	}

	@Test
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
			List<AgentSessionListener.DetachReason> detached = new CopyOnWriteArrayList<>();
			AgentSocketClient one = AgentSocketClient.builder(server.uri()).sessionListener(new AgentSessionListener() {

				@Override
				public void detached(AgentSession session, DetachReason reason, int closeCode) {
					detached.add(reason);
				}

			}).build();
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
				.then(() -> server.catalog().replace(broken.mutate().description("changed").build()))
				.assertNext((change) -> assertThat(change.name()).isEqualTo("broken"))
				.expectComplete()
				.verify(TIMEOUT);
			unlucky.set(null);
			// That the changed one has gone may come late.
			StepVerifier.create(one.changes().filter((change) -> !change.name().equals("broken")).take(1))
				.then(() -> server.catalog().add(Action.named("later").handler((exchange) -> Mono.just("l"))))
				.assertNext((change) -> assertThat(change.name()).isEqualTo("later"))
				.expectComplete()
				.verify(TIMEOUT);
			assertThat(detached).isEmpty();
			one.close().block(TIMEOUT);
			other.close().block(TIMEOUT);
		}
	}

	@Test
	void messagesBeforeWelcomeAreBoundedHoweverSmallTheyAre() throws Exception {
		HelloAuthenticator slow = (token, handshake) -> Mono.never();
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(TIMEOUT).build(), slow);
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			socket
				.send(RawAgent.message(new Frame.Hello(RawAgent.CBOR.encodeMap(java.util.Map.of("auth", "a token")))));
			byte[] nothing = {};
			// Each counts as 64 bytes, and two windows may wait.
			for (int i = 0; i <= 2 * Limits.SERVER.window() / 64; i++) {
				socket.send(nothing);
			}
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.PROTOCOL.code());
		}
	}

	/**
	 * Upgrades that are let through at the same time may be more than there is room for.
	 */
	@Test
	void sessionThatThereIsNoRoomForIsClosedWithItsCodeAndAResumeIsNot() throws Exception {
		AgentSocketServer full = AgentSocketServer.builder(new ActionCatalog())
			.settings((settings) -> settings.maxSessions(1).helloTimeout(TIMEOUT))
			.build();
		CountDownLatch upgrading = new CountDownLatch(3);
		Sinks.Empty<Void> gate = Sinks.empty();
		WebSocketService upgrades = new HandshakeWebSocketService(
				new ReactorNettyUpgradeStrategy(Limits.SERVER.message()));
		WebSocketService together = (exchange, handler) -> {
			upgrading.countDown();
			return gate.asMono().then(Mono.defer(() -> upgrades.handleRequest(exchange, handler)));
		};
		DisposableServer http = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(
					WebHttpHandlerBuilder.webHandler(new AgentSocketWebHandler(full, together, List.of(), List.of()))
						.build()))
			.bindNow(TIMEOUT);
		try (RawSocket first = new RawSocket(http.port(), RawAgent.CBOR.subProtocol());
				RawSocket second = new RawSocket(http.port(), RawAgent.CBOR.subProtocol());
				RawSocket third = new RawSocket(http.port(), RawAgent.CBOR.subProtocol())) {
			Await.until(upgrading);
			gate.tryEmitEmpty();
			Welcome opened = RawAgent.open(first);
			second.send(HELLO);
			assertThat(RawAgent.closeCode(second)).isEqualTo(CloseCode.OVERLOADED.code());
			third.send(RawAgent.hello(RawAgent.resume(opened, 1)));
			assertThat(RawAgent.welcome(third).status()).isEqualTo(Welcome.Status.RESUMED);
			assertThat(full.sessions()).hasSize(1);
		}
		finally {
			http.disposeNow(TIMEOUT);
			full.close();
		}
	}

	@Test
	void broadcastHasTheSameBytesAsALocalEvent() {
		java.util.Map<String, Object> payload = java.util.Map.of("data", new byte[] { 1, 2, 3 });
		List<Codec> codecs = List.of(JacksonCodec.json(), JacksonCodec.cbor());
		Broadcast sent = Broadcast.of("news", payload, codecs);
		Broadcast received = Broadcast.unpack(sent.pack());
		assertThat(received.name()).isEqualTo("news");
		codecs.forEach((codec) -> assertThat(received.payloads().get(codec.name())).isEqualTo(codec.encode(payload)));
		Broadcast empty = Broadcast.unpack(Broadcast.of("tick", null, codecs).pack());
		codecs.forEach((codec) -> assertThat(empty.payloads().get(codec.name())).isEqualTo(Bytes.EMPTY));
	}

}
