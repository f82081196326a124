package io.agentsocket.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that do not read: whatever ends their connection, it is released within seconds.
 */
class SilentPeerTests {

	/** A slow machine is no reason to fail; without a deadline it is minutes or never. */
	private static final Duration TIMEOUT = Await.LONG;

	/** The server waits so long for a peer that is expected to be silent. */
	private static final Duration SHORT = Duration.ofMillis(500);

	private TestServer server;

	/** The kernel holds much less than a window, so that the rest waits in the server. */
	private void start(Duration patience) {
		start(patience, SHORT);
	}

	private void start(Duration patience, Duration closeTimeout) {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(TIMEOUT)
			.keepAlive(patience)
			.keepAliveTimeout(patience)
			.stallTimeout(patience)
			.closeTimeout(closeTimeout)
			.drainTimeout(Duration.ofMillis(100))
			.drainSpread(Duration.ZERO)
			.build();
		this.server = new TestServer(settings, (builder) -> {
		}, (http) -> http.childOption(ChannelOption.SO_SNDBUF, 8192),
				Action.named("flood")
					.result(ResultShape.BYTES)
					.handler((exchange) -> Flux.generate((sink) -> sink.next(new byte[8192]))));
	}

	/** How a connection comes to its end. */
	enum End {

		/** The agent breaks a rule: 4500. */
		VIOLATION {

			@Override
			void bring(TestServer server, PlainSocket socket) throws IOException {
				socket.send(PlainSocket.BINARY, new byte[] { -1, -1, -1 });
			}

		},

		/** The agent ends its session. */
		GOAWAY {

			@Override
			void bring(TestServer server, PlainSocket socket) throws IOException {
				socket.send(PlainSocket.BINARY, PlainSocket.message(new Frame.GoAway(0, 0, 0, "")));
			}

		},

		/** The agent sends a close frame. */
		CLOSE_FRAME {

			@Override
			void bring(TestServer server, PlainSocket socket) throws IOException {
				socket.send(PlainSocket.CLOSE, new byte[] { 0x11, (byte) 0x94 });
			}

		},

		/** The agent sets a bit that means nothing: 1002. */
		RESERVED_BIT {

			@Override
			void bring(TestServer server, PlainSocket socket) throws IOException {
				socket.send(0x40 | PlainSocket.BINARY, new byte[] { 1 });
			}

		},

		/** The agent says nothing any more: 4001 or 4002. */
		SILENCE {

			@Override
			void bring(TestServer server, PlainSocket socket) {
				// Time passes.
			}

		},

		/** The server moves everybody away. */
		DRAIN {

			@Override
			void bring(TestServer server, PlainSocket socket) {
				server.server().drain().block(TIMEOUT);
			}

		},

		/** The server ends. */
		SHUT_DOWN {

			@Override
			void bring(TestServer server, PlainSocket socket) {
				server.server().close();
			}

		};

		abstract void bring(TestServer server, PlainSocket socket) throws IOException;

	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@EnumSource
	void isRetired(End end) throws IOException {
		start((end == End.SILENCE) ? SHORT : TIMEOUT);
		try (PlainSocket socket = PlainSocket.upgraded(this.server.port(), TIMEOUT)) {
			socket.send(PlainSocket.BINARY, PlainSocket.hello());
			assertThat(socket.next().opcode()).isEqualTo(PlainSocket.BINARY);
			ServerSession session = this.server.server().serverSessions().iterator().next();

			try {
				socket.send(PlainSocket.BINARY, PlainSocket
					.message(new Frame.Invoke(1, true, Frame.Ref.name("flood"), Bytes.EMPTY, Bytes.EMPTY)));
				// Nobody reads from here on.
				Await.until(() -> session.peer().traffic().bytesSent() > 128 * 1024
						|| this.server.server().connections() == 0);
				end.bring(this.server, socket);
			}
			catch (IOException ex) {
				// On a busy machine the silence is noticed before.
				assertThat(end).isEqualTo(End.SILENCE);
			}
			Await.until(() -> this.server.server().connections() == 0);
			socket.awaitEnd();
		}
	}

	@Test
	void pingsWhosePongsAreNotReadAreBounded() throws IOException {
		start(SHORT);
		try (PlainSocket socket = PlainSocket.upgraded(this.server.port(), TIMEOUT)) {
			byte[] ping = PlainSocket.frame(0x80 | PlainSocket.PING, new byte[125]);
			byte[][] batch = new byte[1000][];
			Arrays.fill(batch, ping);
			try {
				for (int i = 0; i < 1000; i++) {
					socket.sendAll(Arrays.asList(batch));
				}
			}
			catch (IOException ex) {
				// Closed long before.
			}
			Await.until(() -> this.server.server().connections() == 0);
		}
	}

	@Test
	void pingsAreAnswered() throws IOException {
		start(TIMEOUT);
		try (PlainSocket socket = PlainSocket.upgraded(this.server.port(), TIMEOUT)) {
			for (int i = 0; i < 100; i++) {
				socket.send(PlainSocket.PING, new byte[] { (byte) i });
				PlainSocket.Received pong = socket.next();
				assertThat(pong.opcode()).isEqualTo(PlainSocket.PONG);
				assertThat(pong.payload()).containsExactly(i);
			}
		}
	}

	@Test
	void reservedBitsAreAProtocolErrorOfWebSocket() throws IOException {
		start(TIMEOUT, TIMEOUT);
		for (int opcode : new int[] { PlainSocket.BINARY, 0x1, PlainSocket.PING, PlainSocket.PONG,
				PlainSocket.CLOSE }) {
			for (int bit : new int[] { 0x40, 0x20, 0x10 }) {
				try (PlainSocket socket = PlainSocket.upgraded(this.server.port(), TIMEOUT)) {
					socket.send(bit | opcode,
							(opcode == PlainSocket.CLOSE) ? new byte[] { 3, (byte) 0xE8 } : new byte[1]);
					assertThat(socket.next().closeCode()).as("bit %x of %x", bit, opcode).isEqualTo(1002);
					socket.awaitEnd();
				}
			}
		}
	}

	@Test
	void aCloseFrameIsAnsweredWithItsCode() throws IOException {
		start(TIMEOUT, TIMEOUT);
		for (int code : new int[] { 1000, 1001, 3000, 4000, 4321, 4500, 4999 }) {
			closeIsAnswered(code, "", Before.UPGRADE);
			closeIsAnswered(code, "", Before.HELLO);
			closeIsAnswered(code, "a reason", Before.WELCOME);
			closeIsAnswered(code, "a reason", Before.RESULTS);
		}
	}

	/** The last step before the agent closes. */
	private enum Before {

		UPGRADE, HELLO, WELCOME, RESULTS

	}

	private void closeIsAnswered(int code, String reason, Before before) throws IOException {
		try (PlainSocket socket = PlainSocket.upgraded(this.server.port(), TIMEOUT)) {
			if (before != Before.UPGRADE) {
				socket.send(PlainSocket.BINARY, PlainSocket.hello());
			}
			if (before == Before.WELCOME || before == Before.RESULTS) {
				assertThat(socket.next().opcode()).isEqualTo(PlainSocket.BINARY);
			}
			if (before == Before.RESULTS) {
				socket.send(PlainSocket.BINARY, PlainSocket
					.message(new Frame.Invoke(1, true, Frame.Ref.name("flood"), Bytes.EMPTY, Bytes.EMPTY)));
				assertThat(socket.next().opcode()).isEqualTo(PlainSocket.BINARY);
			}
			byte[] text = reason.getBytes(StandardCharsets.UTF_8);
			byte[] payload = Arrays.copyOf(new byte[] { (byte) (code >> 8), (byte) code }, 2 + text.length);
			System.arraycopy(text, 0, payload, 2, text.length);
			socket.send(PlainSocket.CLOSE, payload);
			PlainSocket.Received answer = socket.next();
			while (answer.opcode() == PlainSocket.BINARY) {
				answer = socket.next();
			}
			assertThat(answer.closeCode()).as("%d before %s", code, before).isEqualTo(code);
			socket.awaitEnd();
		}
	}

}
