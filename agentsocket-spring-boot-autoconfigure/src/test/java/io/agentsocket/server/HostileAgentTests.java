package io.agentsocket.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.server.bounds.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that are slow on purpose, ask for compression, nest what they send without an
 * end, or use up the numbers of streams.
 */
class HostileAgentTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	/** The highest id that an agent can give a stream. */
	private static final int LAST_ID = Integer.MAX_VALUE;

	private static final Action ECHO = Action.named("echo")
		.handler((exchange) -> Mono.justOrEmpty(exchange.<Object>arguments(Object.class)));

	/** Ways to say nothing without being silent. */
	enum Dripping {

		/** HELLO comes byte by byte. */
		FRAME {

			@Override
			void begin(PlainSocket socket) throws IOException {
				socket.sendBytes(Arrays.copyOf(PlainSocket.frame(0x82, new byte[100]), 6));
			}

			@Override
			void drip(PlainSocket socket) throws IOException {
				socket.sendBytes(new byte[1]);
			}

		},

		/** HELLO comes in fragments of one byte. */
		FRAGMENTS {

			@Override
			void begin(PlainSocket socket) throws IOException {
				socket.sendBytes(PlainSocket.frame(0x02, new byte[1]));
			}

			@Override
			void drip(PlainSocket socket) throws IOException {
				socket.sendBytes(PlainSocket.frame(0x00, new byte[1]));
			}

		},

		/** There are pings and no HELLO. */
		PINGS {

			@Override
			void begin(PlainSocket socket) {
			}

			@Override
			void drip(PlainSocket socket) throws IOException {
				socket.send(PlainSocket.PING, new byte[1]);
			}

		};

		abstract void begin(PlainSocket socket) throws IOException;

		abstract void drip(PlainSocket socket) throws IOException;

	}

	@ParameterizedTest
	@EnumSource
	void socketThatDripsIsClosedWhenTheTimeForHelloIsOver(Dripping way) throws Exception {
		ServerSettings settings = ServerSettings.builder().helloTimeout(SHORT).build();
		try (TestServer server = new TestServer(settings, (builder) -> {
		}, ECHO); PlainSocket socket = PlainSocket.upgraded(server.port(), Await.LONG)) {
			way.begin(socket);
			Await.until(() -> {
				try {
					way.drip(socket);
				}
				catch (IOException ex) {
					// The server has closed it.
				}
				return server.server().bounds().refusals().total(Refusal.HANDSHAKE_TIME) == 1;
			});
			socket.awaitEnd();
			Await.until(() -> server.server().connections() == 0 && server.server().bounds().isUnused());
		}
	}

	@Test
	void compressionIsNotAgreedOn() {
		try (TestServer server = TestServer.with(ECHO)) {
			String extensions = HttpClient.create()
				.headers((headers) -> headers.set("Upgrade", "websocket")
					.set("Connection", "Upgrade")
					.set("Sec-WebSocket-Version", "13")
					.set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
					.set("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, deflate-frame")
					.set("Sec-WebSocket-Protocol", RawAgent.CBOR.subProtocol()))
				.get()
				.uri("http://127.0.0.1:" + server.port() + "/agentsocket")
				.response()
				.map((response) -> response.status().code() + " "
						+ response.responseHeaders().get("Sec-WebSocket-Extensions", "none"))
				.block(Await.LONG);
			assertThat(extensions).isEqualTo("101 none");
		}
	}

	/** Places in which an agent can send a payload. */
	enum Place {

		ARGUMENTS, ITEM, METADATA, DESCRIPTOR, EVENT, HELLO

	}

	@ParameterizedTest
	@EnumSource
	void nestingWithoutAnEndIsRefusedWhereverItIs(Place place) throws Exception {
		// Maps within maps: {"a":{"a": and so on, never closed, in one frame.
		byte[] level = { (byte) 0xA1, 0x61, 'a' };
		byte[] bomb = new byte[(place == Place.METADATA || place == Place.HELLO) ? 3900 : 15_000];
		for (int i = 0; i < bomb.length; i++) {
			bomb[i] = level[i % level.length];
		}
		Bytes payload = Bytes.of(bomb);
		Action take = Action.named("take")
			.items(Map.of())
			.handler((exchange) -> exchange.inbound(Object.class).then(Mono.empty()));
		try (TestServer server = TestServer.with(ECHO, take)) {
			try (RawCaller agent = new RawCaller(server)) {
				switch (place) {
					case ARGUMENTS -> {
						agent.open();
						agent.send(new Frame.Invoke(1, true, Frame.Ref.name("echo"), Bytes.EMPTY, payload));
						assertError(agent.answer(1), ErrorCode.INVALID_ARGUMENT);
					}
					case ITEM -> {
						agent.open();
						agent.send(new Frame.Invoke(1, false, Frame.Ref.name("take"), Bytes.EMPTY, Bytes.EMPTY));
						agent.send(new Frame.Item(FrameType.DATA, 1, false, Bytes.EMPTY, payload));
						assertError(agent.answer(1), ErrorCode.INVALID_ARGUMENT);
					}
					case METADATA -> {
						agent.open();
						agent.send(new Frame.Invoke(1, true, Frame.Ref.name("echo"), payload, Bytes.EMPTY));
						assertThat(RawAgent.closeCode(agent.socket())).isEqualTo(CloseCode.PROTOCOL.code());
					}
					case DESCRIPTOR -> {
						agent.open();
						agent.send(new Frame.Define(0, "theirs", Bytes.EMPTY, payload));
						assertThat(RawAgent.closeCode(agent.socket())).isEqualTo(CloseCode.PROTOCOL.code());
					}
					case EVENT -> {
						agent.open();
						agent.send(new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, payload));
						agent.invoke("echo", 0);
						assertThat(agent.answer(1)).isInstanceOf(Frame.Item.class);
					}
					case HELLO -> {
						agent.send(new Frame.Hello(payload));
						assertThat(RawAgent.closeCode(agent.socket())).isEqualTo(CloseCode.PROTOCOL.code());
					}
				}
			}
		}
	}

	private static void assertError(Frame frame, ErrorCode code) {
		assertThat(frame).isInstanceOf(Frame.Error.class);
		assertThat(((Frame.Error) frame).code()).isEqualTo(code.code());
	}

	@Test
	void agentThatSkipsToTheLastIdHasNoneLeft() throws Exception {
		try (TestServer server = TestServer.with(ECHO)) {
			try (RawCaller agent = new RawCaller(server).open()) {
				long before = server.server().bounds().memory().used();
				agent.send(new Frame.Invoke(LAST_ID, true, Frame.Ref.name("echo"), Bytes.EMPTY, Bytes.EMPTY));
				assertThat(agent.answer(LAST_ID)).isInstanceOf(Frame.Item.class);
				assertThat(server.server().bounds().memory().used()).isLessThan(before + 64 * 1024);
				agent.invoke("echo", 0);
				assertThat(RawAgent.closeCode(agent.socket())).isEqualTo(CloseCode.PROTOCOL.code());
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET /agentsocket HTTP/1.1\r\nHost: 127.0.0.1\r\n", "G", "" })
	void requestThatIsNeverFinishedTakesNoPlaceOfTheServer(String begun) throws Exception {
		try (TestServer server = TestServer.with(ECHO);
				PlainSocket socket = new PlainSocket(server.port(), Await.LONG);
				RawCaller agent = new RawCaller(server)) {
			socket.sendBytes(begun.getBytes(StandardCharsets.ISO_8859_1));
			agent.open();
			assertThat(server.server().connections()).isEqualTo(1);
			Await.until("the place of the handshake is free", () -> server.server().bounds().handshakes().taken() == 0);
		}
	}

}
