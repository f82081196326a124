package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.bounds.Refusal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * However a session, or a socket without one, comes to its end: nothing that was counted
 * for it is counted any more. Each session holds something of each kind before.
 */
class MemoryOfEndsTests {

	private static final int ARGUMENTS = 12_000;

	/** A busy machine fills a session within it. */
	private static final Duration LONGER = Duration.ofSeconds(3);

	private static Action[] actions() {
		return new Action[] { Action.named("never").handler((exchange) -> Mono.never()),
				Action.named("echo").handler((exchange) -> Mono.just("x".repeat(5000))),
				Action.named("take").items(Map.of()).handler((exchange) -> Mono.never()),
				Action.named("flood")
					.result(ResultShape.BYTES)
					.handler((exchange) -> Flux.generate((sink) -> sink.next(new byte[8192]))),
				Action.named("ask")
					.handler((exchange) -> exchange.invoke("agent.answer")
						.arguments(Map.of("x", new byte[3000]))
						.toMono(byte[].class)) };
	}

	private static Bytes metadata(@Nullable String key, long credit) {
		return RawAgent.CBOR.encodeMetadata(new Metadata(0, -1, key, null, credit, null, null, null, 0));
	}

	private static Bytes arguments(int bytes) {
		return RawAgent.CBOR.encodeMap(Map.of("x", new byte[bytes]));
	}

	/** Lets a session hold something of each kind that is counted. */
	private static void fill(RawCaller agent) throws InterruptedException {
		agent.send(new Frame.Invoke(1, true, Frame.Ref.name("never"), metadata("first", -1), arguments(ARGUMENTS)));
		agent.send(new Frame.Invoke(3, true, Frame.Ref.name("echo"), metadata("second", -1), Bytes.EMPTY));
		assertThat(agent.answer(3)).isInstanceOf(Frame.Item.class);
		agent.send(new Frame.Invoke(5, true, Frame.Ref.name("echo"), metadata(null, 0), Bytes.EMPTY));
		agent.send(new Frame.Part(7, Bytes.of(new byte[12_000])));
		agent.send(new Frame.Part(7, Bytes.of(new byte[10])));
		agent.send(new Frame.Invoke(9, false, Frame.Ref.name("take"), Bytes.EMPTY, Bytes.EMPTY));
		for (int i = 0; i < 10; i++) {
			agent.send(new Frame.Item(FrameType.BYTES, 9, false, Bytes.EMPTY, Bytes.of(new byte[] { 1 })));
		}
		agent.send(new Frame.Invoke(11, true, Frame.Ref.name("ask"), Bytes.EMPTY, Bytes.EMPTY));
		assertThat(agent.answer(2)).isInstanceOf(Frame.Invoke.class);
		agent.send(new Frame.Item(FrameType.BYTES, 2, false, Bytes.EMPTY, Bytes.of(new byte[6000])));
		agent.send(new Frame.Define(64, "some.event", Bytes.EMPTY, Bytes.EMPTY));
		agent.send(new Frame.Invoke(13, true, Frame.Ref.name("as.subscribe"), Bytes.EMPTY,
				RawAgent.CBOR.encodeMap(Map.of("add", List.of("a", "b")))));
		assertThat(agent.answer(13)).isInstanceOf(Frame.Item.class);
		agent.send(new Frame.Ack(0, -1, false));
		agent.send(new Frame.Invoke(15, true, Frame.Ref.name("flood"), Bytes.EMPTY, Bytes.EMPTY));
		agent.answer(15);
	}

	private static ServerSettings.Builder settings() {
		return ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.idleTimeout(Duration.ofMillis(300))
			.closeTimeout(Duration.ofMillis(300))
			.drainTimeout(Duration.ofMillis(100))
			.drainSpread(Duration.ZERO);
	}

	/** How a session ends. */
	enum End {

		/** The agent says so. */
		GOAWAY {

			@Override
			void bring(TestServer server, RawCaller agent) {
				agent.send(new Frame.GoAway(0, 0, 0, ""));
			}

		},

		/** The socket is gone, and the agent does not come back. */
		EXPIRY {

			@Override
			void bring(TestServer server, RawCaller agent) {
				agent.close();
			}

		},

		/** The agent says nothing behind HELLO, and does not come back. */
		UNCONFIRMED {

			@Override
			boolean isFilled() {
				return false;
			}

			@Override
			ServerSettings settings() {
				return MemoryOfEndsTests.settings()
					.idleTimeout(Duration.ofHours(1))
					.unconfirmedTimeout(Duration.ofMillis(300))
					.build();
			}

			@Override
			void bring(TestServer server, RawCaller agent) {
				agent.close();
			}

		},

		/** The agent breaks a rule. */
		VIOLATION {

			@Override
			void bring(TestServer server, RawCaller agent) {
				agent.socket().send(new byte[] { -1, -1, -1 });
			}

		},

		/** The agent is silent. */
		SILENCE {

			@Override
			ServerSettings settings() {
				return MemoryOfEndsTests.settings()
					.keepAlive(LONGER)
					.keepAliveTimeout(Duration.ofMillis(300))
					.stallTimeout(Duration.ofMillis(300))
					.build();
			}

			@Override
			void bring(TestServer server, RawCaller agent) {
				// Time passes.
			}

		},

		/** The connection gets old, and the agent does not come back. */
		CONNECTION_AGE {

			@Override
			ServerSettings settings() {
				return MemoryOfEndsTests.settings().maxConnectionAge(LONGER).build();
			}

			@Override
			void bring(TestServer server, RawCaller agent) {
				// Time passes.
			}

		},

		/** The session gets old. */
		SESSION_AGE {

			@Override
			ServerSettings settings() {
				return MemoryOfEndsTests.settings().maxSessionAge(LONGER).build();
			}

			@Override
			void bring(TestServer server, RawCaller agent) {
				// Time passes.
			}

		},

		/** The application ends it. */
		APPLICATION {

			@Override
			void bring(TestServer server, RawCaller agent) {
				server.server().sessions().get(0).end().block(Await.LONG);
			}

		},

		/** An operator ends its connection, and the agent does not come back. */
		DISCONNECTED {

			@Override
			void bring(TestServer server, RawCaller agent) {
				server.server().operators().disconnect(server.server().sessions().get(0).id());
			}

		},

		/** The agent comes back on another socket before it ends the session. */
		RESUMED {

			@Override
			void bring(TestServer server, RawCaller agent) throws InterruptedException {
				try (RawSocket again = socket(server)) {
					again.send(RawAgent.hello(resume(agent.welcome(), agent.welcome().log())));
					assertThat(RawAgent.welcome(again).status()).isEqualTo(Welcome.Status.RESUMED);
					again.send(RawAgent.message(new Frame.GoAway(0, 0, 0, "")));
					assertThat(RawAgent.closeCode(again)).isEqualTo(1000);
				}
			}

		},

		/** The agent comes back and knows nothing of the log any more. */
		RESET {

			@Override
			void bring(TestServer server, RawCaller agent) throws InterruptedException {
				try (RawSocket again = socket(server)) {
					again.send(RawAgent.hello(resume(agent.welcome(), "another")));
					assertThat(RawAgent.welcome(again).status()).isEqualTo(Welcome.Status.RESET);
					again.send(RawAgent.message(new Frame.GoAway(0, 0, 0, "")));
					assertThat(RawAgent.closeCode(again)).isEqualTo(1000);
				}
			}

		},

		/** The memory of the pod is used. */
		SHED {

			@Override
			void bring(TestServer server, RawCaller agent) {
				long all = server.server().bounds().memory().bytes();
				server.server().bounds().memory().add(all);
				Await.until(() -> server.server().sessions().isEmpty());
				server.server().bounds().memory().add(-all);
			}

		},

		/** The pod moves everybody away. */
		DRAIN {

			@Override
			void bring(TestServer server, RawCaller agent) {
				server.server().drain().block(Await.LONG);
			}

		},

		/** The server ends. */
		SHUT_DOWN {

			@Override
			void bring(TestServer server, RawCaller agent) {
				server.server().close();
			}

		};

		private static RawSocket socket(TestServer server) {
			return new RawSocket(server.port(), RawAgent.CBOR.subProtocol(), Map.of(TestServer.PRINCIPAL, "alice"));
		}

		private static Hello.Resume resume(Welcome last, String log) {
			// As the agent has counted what it has sent in fill.
			return new Hello.Resume(last.session(), last.token(), log, 0, 21, 22, 1);
		}

		boolean isFilled() {
			return true;
		}

		ServerSettings settings() {
			return MemoryOfEndsTests.settings().build();
		}

		abstract void bring(TestServer server, RawCaller agent) throws InterruptedException;

	}

	@ParameterizedTest
	@EnumSource
	void nothingIsCountedForASessionThatHasEnded(End end) throws Exception {
		while (!isForgotten(end)) {
			// Once more.
		}
	}

	/** On a busy machine a session may end before all is there that is counted. */
	private static boolean isForgotten(End end) throws Exception {
		try (TestServer server = new TestServer(end.settings(), (builder) -> {
		}, actions()); RawCaller agent = new RawCaller(server, "alice").open()) {
			try {
				if (end.isFilled()) {
					fill(agent);
				}
			}
			catch (AssertionError ex) {
				assertThat(end).isIn(End.SILENCE, End.CONNECTION_AGE, End.SESSION_AGE);
				return false;
			}
			end.bring(server, agent);
			Await.until(() -> server.server().sessions().isEmpty());
			agent.socket().close();
			Await.until("nothing is counted", () -> server.server().bounds().isUnused());
			return true;
		}
	}

	/** How a socket ends that has no session. */
	enum EarlyEnd {

		/** No HELLO comes. */
		HELLO_TIMEOUT {

			@Override
			ServerSettings settings() {
				return MemoryOfEndsTests.settings().helloTimeout(Duration.ofMillis(200)).build();
			}

			@Override
			void bring(TestServer server, RawSocket socket) {
				// Time passes.
			}

		},

		/** The agent goes away. */
		CLOSED {

			@Override
			void bring(TestServer server, RawSocket socket) {
				socket.close();
			}

		},

		/** HELLO is something else. */
		NO_HELLO {

			@Override
			void bring(TestServer server, RawSocket socket) {
				socket.send(RawAgent.message(new Frame.GoAway(0, 0, 0, "")));
			}

		},

		/** The agent goes away before WELCOME, and has sent calls already. */
		EARLY_MESSAGES {

			@Override
			void bring(TestServer server, RawSocket socket) {
				sendEarly(socket, 3);
				Await.until(() -> server.server().bounds().memory().used() > 3 * ARGUMENTS);
				socket.close();
			}

		},

		/** The agent sends more before WELCOME than it may. */
		TOO_MANY_EARLY_MESSAGES {

			@Override
			void bring(TestServer server, RawSocket socket) {
				sendEarly(socket, 60);
			}

		};

		private static void sendEarly(RawSocket socket, int calls) {
			Hello hello = new Hello("token", null, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null);
			socket.send(RawAgent.message(new Frame.Hello(hello.encode(RawAgent.CBOR))));
			for (int i = 0; i < calls; i++) {
				socket.send(RawAgent.message(
						new Frame.Invoke(2 * i + 1, true, Frame.Ref.name("never"), Bytes.EMPTY, arguments(ARGUMENTS))));
			}
		}

		ServerSettings settings() {
			return MemoryOfEndsTests.settings().build();
		}

		abstract void bring(TestServer server, RawSocket socket);

	}

	@ParameterizedTest
	@EnumSource
	void nothingIsCountedForASocketThatHasEnded(EarlyEnd end) throws Exception {
		// The agents of this server wait for their principals, and never get them.
		try (TestServer server = new TestServer(end.settings(),
				(builder) -> builder.authenticator((token, upgrade) -> Mono.never()), actions());
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			Await.until("the socket is counted, or was", () -> server.server().bounds().memory().used() > 0
					|| server.server().bounds().refusals().total(Refusal.HANDSHAKE_TIME) > 0);
			end.bring(server, socket);
			Await.until(() -> server.server().connections() == 0);
			Await.until("nothing is counted", () -> server.server().bounds().isUnused());
		}
	}

}
