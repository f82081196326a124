package io.agentsocket.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Functions that hang at each stage of a request, and answers that never end where they
 * are not streamed. Sections 13, 15 and 16 of {@code docs/function-protocol.md}.
 */
class HangingFunctionTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	/** A busy machine sends an item within it. */
	private static final Duration LONGER = Duration.ofSeconds(2);

	private static final FunctionSettings.Times TIMES = new FunctionSettings.Times(Await.LONG, SHORT, SHORT, LONGER);

	private static final FunctionSettings.Times TIMES_FOR_AN_ITEM = new FunctionSettings.Times(Await.LONG, Await.LONG,
			LONGER, Await.LONG);

	private static final String CHUNKED = "\r\nTransfer-Encoding: chunked\r\n\r\n";

	private static final String FRAMES = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.agentsocket.frames"
			+ CHUNKED;

	private final Queue<Object> items = new ConcurrentLinkedQueue<>();

	private ActionException call(RelayFixture pod, Map<String, Object> arguments) {
		try {
			pod.client.invoke("act")
				.arguments(arguments)
				.toFlux(Object.class)
				.doOnNext(this.items::add)
				.blockLast(RelayFixture.TIMEOUT);
			return null;
		}
		catch (ActionException ex) {
			return ex;
		}
	}

	static Stream<Arguments> stages() {
		return Stream.of(arguments("before the status line", "", 4, 0),
				arguments("in the status line", "HTTP/1.1 20", 4, 0),
				arguments("in the headers", "HTTP/1.1 200 OK\r\nContent-Ty", 4, 0),
				arguments("behind an informational answer", "HTTP/1.1 103 Early Hints\r\n\r\n", 4, 0),
				arguments("behind the headers", FRAMES, 4, 0), arguments("in a chunk size", FRAMES + "1", 4, 0),
				arguments("in a frame", FRAMES + "3\r\n\112\1\1\r\n", 4, 0),
				arguments("between two frames", FRAMES + "4\r\n\112\1\0017\r\n", 4, 1),
				arguments("behind the last frame", FRAMES + "4\r\n\113\1\0017\r\n", 0, 1),
				arguments("in JSON", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[7",
						4, 0),
				arguments("in the details of a problem",
						"HTTP/1.1 500 X\r\nContent-Type: application/problem+json\r\nContent-Length: 9\r\n\r\n{", 4,
						0));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("stages")
	void functionThatHangsIsGivenUp(String stage, String raw, int code, int count) throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> {
			call.raw(raw.getBytes(StandardCharsets.ISO_8859_1));
			assertThat(call.socket().getInputStream().read()).isNegative();
		})) {
			pod.add(RelayFixture.settings("shop", pod.function.url(), (count > 0) ? TIMES_FOR_AN_ITEM : TIMES),
					pod.action("act", ResultShape.ITEMS));
			pod.connect();
			ActionException error = call(pod, Map.of());
			assertThat((error != null) ? error.code() : 0).isEqualTo(code);
			if (error != null) {
				assertThat(error.hasMaybeRun()).isTrue();
			}
			assertThat(this.items).hasSize(count);
			Await.until(() -> pod.function.connections() == 0);
			pod.function.behaviour = (call) -> call.json("[1]");
			// A busy machine may take longer than the time for an answer.
			Await.until("the function answers again", () -> call(pod, Map.of()) == null);
		}
	}

	/** A server that takes connections and does nothing with them. */
	@Test
	void functionThatReadsNothingIsGivenUp() throws IOException {
		// More than the buffers of a socket on loopback hold.
		ActionException error = callDeaf("http", TIMES, Map.of("text", "a".repeat(1_000_000)));
		assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		assertThat(error.hasMaybeRun()).isTrue();
	}

	/**
	 * Nothing of a request goes out before the handshake, whose time is that of
	 * connecting, or what the whole request has if that is less.
	 */
	@ParameterizedTest
	@ValueSource(longs = { 300, 60_000 })
	void functionThatHangsInTheHandshakeHasNotRun(long connect) throws IOException {
		ActionException error = callDeaf("https",
				new FunctionSettings.Times(Duration.ofMillis(connect), SHORT, SHORT, LONGER), Map.of());
		assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
		assertThat(error.hasMaybeRun()).isFalse();
		assertThat(error.isRetryable()).isTrue();
	}

	private ActionException callDeaf(String scheme, FunctionSettings.Times times, Map<String, Object> arguments)
			throws IOException {
		List<Socket> sockets = new CopyOnWriteArrayList<>();
		try (ServerSocket deaf = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
				RelayFixture pod = new RelayFixture((call) -> call.json("[1]"))) {
			Thread taking = new Thread(() -> {
				try {
					while (true) {
						sockets.add(deaf.accept());
					}
				}
				catch (IOException ex) {
					// Closed.
				}
			}, "deaf");
			taking.setDaemon(true);
			taking.start();
			URI url = URI.create(scheme + "://127.0.0.1:" + deaf.getLocalPort() + "/");
			RelayedAction act = pod.action("act", ResultShape.ITEMS);
			pod.add(RelayFixture.settings("deaf", url, times),
					new RelayedAction(act.descriptor(), StateAccess.NONE, Set.of(), null, url));
			pod.connect();
			ActionException error = call(pod, arguments);
			for (Socket socket : List.copyOf(sockets)) {
				socket.close();
			}
			assertThat(error).isNotNull();
			return error;
		}
	}

	static Stream<Arguments> endless() {
		return Stream.of(
				arguments("JSON", "HTTP/1.1 200 OK\r\nContent-Type: application/json" + CHUNKED, ErrorCode.TOO_LARGE),
				arguments("envelope",
						"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.agentsocket.result+json" + CHUNKED,
						ErrorCode.TOO_LARGE),
				arguments("lines", "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson" + CHUNKED,
						ErrorCode.TOO_LARGE),
				arguments("problem", "HTTP/1.1 500 X\r\nContent-Type: application/problem+json" + CHUNKED,
						ErrorCode.INTERNAL),
				arguments("error page", "HTTP/1.1 404 X\r\nContent-Type: text/html" + CHUNKED, ErrorCode.NOT_FOUND),
				arguments("web page", "HTTP/1.1 200 OK\r\nContent-Type: text/html" + CHUNKED, ErrorCode.INTERNAL),
				arguments("redirect", "HTTP/1.1 302 X\r\nLocation: /" + CHUNKED, ErrorCode.INTERNAL));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("endless")
	void bodyWithoutEndIsBounded(String kind, String head, ErrorCode code) throws IOException {
		byte[] piece = new byte[65_536];
		Arrays.fill(piece, (byte) 'a');
		try (RelayFixture pod = new RelayFixture((call) -> {
			call.raw(head);
			while (true) {
				call.chunk(piece);
			}
		})) {
			pod.add(pod.action("act", ResultShape.ITEMS));
			pod.connect();
			assertThat(call(pod, Map.of()).errorCode()).isEqualTo(code);
			Await.until(() -> pod.function.connections() == 0);
			pod.function.behaviour = (call) -> call.json("[1]");
			assertThat(call(pod, Map.of())).isNull();
		}
	}

	@Test
	void headWithoutEndIsBounded() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> {
			call.raw("HTTP/1.1 200 OK\r\n");
			while (true) {
				call.raw("X-More: " + "a".repeat(1000) + "\r\n");
			}
		})) {
			pod.add(pod.action("act", ResultShape.ITEMS));
			pod.connect();
			assertThat(call(pod, Map.of()).errorCode()).isEqualTo(ErrorCode.INTERNAL);
			Await.until(() -> pod.function.connections() == 0);
		}
	}

}
