package io.agentsocket.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent that has WELCOME goes on before the thread of the store comes back to its
 * connection.
 */
class LateStoreThreadTests {

	/**
	 * Answers of 550 bytes: less than a window, and more than a transport takes at once,
	 * which is 64 KiB and 128 messages.
	 */
	private static final int CALLS = 400;

	/** Nothing but what a test does wakes a connection, or ends a session. */
	private static final Duration NEVER = Await.LONG.multipliedBy(5);

	/** The kernel holds little, so that the rest waits in the server. */
	private static TestServer server() {
		return new TestServer(ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.keepAlive(NEVER)
			.stallTimeout(NEVER)
			.unconfirmedTimeout(NEVER)
			.build(), (builder) -> {
			}, (http) -> http.childOption(ChannelOption.SO_SNDBUF, 8192),
				Action.named("line").handler((exchange) -> Mono.just("x".repeat(550))));
	}

	private static PlainSocket connect(TestServer server) throws IOException {
		return PlainSocket.upgraded(server.port(), Await.LONG);
	}

	private static void invoke(PlainSocket socket, int stream) throws IOException {
		socket.send(PlainSocket.BINARY,
				PlainSocket.message(new Frame.Invoke(stream, true, Frame.Ref.name("line"), Bytes.EMPTY, Bytes.EMPTY)));
	}

	/** The frames of the next message. */
	private static List<Frame> next(PlainSocket socket) throws IOException {
		PlainSocket.Received received = socket.next();
		assertThat(received.opcode()).isEqualTo(PlainSocket.BINARY);
		FrameReader reader = new FrameReader(Bytes.of(received.payload()), Limits.CLIENT);
		List<Frame> frames = new ArrayList<>();
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(frame);
		}
		return frames;
	}

	private static Welcome welcome(PlainSocket socket) throws IOException {
		Frame frame = next(socket).get(0);
		return Welcome.decode(JacksonCodec.json(), ((Frame.Welcome) frame).body());
	}

	private static void awaitItem(PlainSocket socket) throws IOException {
		while (next(socket).stream().noneMatch((frame) -> frame instanceof Frame.Item)) {
			// On to the answer.
		}
	}

	private static byte[] resume(Welcome last) {
		Hello.Resume resume = new Hello.Resume(last.session(), last.token(), last.log(), 0, CALLS, 1, 1);
		return PlainSocket
			.message(new Frame.Hello(new Hello(null, resume, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null)
				.encode(JacksonCodec.json())));
	}

	@Test
	void replayThatTheTransportDoesNotTakeAtOnceGoesOn() throws Exception {
		try (TestServer server = server()) {
			Welcome last;
			try (PlainSocket socket = connect(server)) {
				socket.send(PlainSocket.BINARY, PlainSocket.hello());
				last = welcome(socket);
				for (int i = 0; i < CALLS; i++) {
					invoke(socket, 2 * i + 1);
					awaitItem(socket);
				}
			}
			Await.until(() -> server.server().connections() == 0);
			try (HeldHandshakes handshakes = new HeldHandshakes(); PlainSocket socket = connect(server)) {
				handshakes.hold();
				socket.send(PlainSocket.BINARY, resume(last));
				assertThat(welcome(socket).status()).isEqualTo(Welcome.Status.RESUMED);
				for (int i = 0; i < CALLS; i++) {
					awaitItem(socket);
				}
			}
		}
	}

	@Test
	void callIsAnswered() throws Exception {
		try (TestServer server = server();
				HeldHandshakes handshakes = new HeldHandshakes();
				PlainSocket socket = connect(server)) {
			handshakes.hold();
			socket.send(PlainSocket.BINARY, PlainSocket.hello());
			welcome(socket);
			invoke(socket, 1);
			awaitItem(socket);
		}
	}

	@Test
	void agentThatHasSaidGoodbyeIsGone() throws Exception {
		try (TestServer server = server(); HeldHandshakes handshakes = new HeldHandshakes()) {
			handshakes.hold();
			try (PlainSocket socket = connect(server)) {
				socket.send(PlainSocket.BINARY, PlainSocket.hello());
				welcome(socket);
				socket.send(PlainSocket.BINARY, PlainSocket.message(new Frame.GoAway(0, 0, 0, "")));
			}
			Await.until(() -> server.server().connections() == 0);
			Await.until(() -> server.server().sessions().isEmpty());
		}
	}

}
