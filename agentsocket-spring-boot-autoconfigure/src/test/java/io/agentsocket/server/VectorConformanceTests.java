package io.agentsocket.server;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sends the invalid golden vectors that concern a server over a real socket and compares
 * what it does with what the specification says.
 */
class VectorConformanceTests {

	private static final int FRAME = 16 * 1024;

	private static final Duration TIMEOUT = Await.LONG;

	private static final JsonNode FILE = JsonMapper.shared().readTree(new File("../docs/vectors/invalid.json"));

	/** A server waits a moment before it closes a socket; this many wait at a time. */
	private static final int LANES = 8;

	private static final Map<String, TestServer> SERVERS = new ConcurrentHashMap<>();

	private static ExecutorService checks;

	@BeforeAll
	static void openLanes() {
		checks = Executors.newFixedThreadPool(LANES);
	}

	@AfterAll
	static void closeServers() {
		checks.shutdownNow();
		SERVERS.values().forEach(TestServer::close);
		SERVERS.clear();
	}

	@TestFactory
	List<DynamicTest> doesWhatTheVectorSays() {
		return FILE.get("vectors")
			.valueStream()
			.filter((vector) -> context(vector).get("receiver").asString().equals("server"))
			.map(VectorConformanceTests::begin)
			.toList();
	}

	private static DynamicTest begin(JsonNode vector) {
		String id = vector.get("id").asString();
		Future<?> check = checks.submit(() -> {
			check(vector);
			return null;
		});
		return DynamicTest.dynamicTest(id, () -> {
			try {
				check.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
			}
			catch (ExecutionException ex) {
				throw new AssertionError(id + ": " + ex.getCause().getMessage(), ex.getCause());
			}
		});
	}

	private static JsonNode context(JsonNode vector) {
		return FILE.get("contexts").get(vector.get("context").asString());
	}

	private static TestServer server(String context, boolean waits) {
		return SERVERS.computeIfAbsent(context + (waits ? " that waits" : ""), (key) -> {
			String name = context;
			Limits limits = Limits.SERVER;
			int streams = name.equals("welcomed-streams-4") ? 4 : limits.streams();
			int aliases = name.equals("welcomed-aliases-2") ? 2 : limits.aliases();
			ServerSettings settings = ServerSettings.builder()
				// A busy machine may take longer than the specification allows.
				.helloTimeout(waits ? ServerSettings.DEFAULTS.helloTimeout() : TIMEOUT.multipliedBy(2))
				.limits(new Limits(limits.message(), limits.frame(), limits.item(), limits.assembly(), streams,
						limits.items(), limits.window(), aliases, limits.name(), limits.metadata(), limits.depth()))
				.build();
			HelloAuthenticator authenticator = name.equals("connected-auth") ? (token, handshake) -> Mono.empty()
					: null;
			return new TestServer(settings, authenticator, FixtureActions.all());
		});
	}

	private static void check(JsonNode vector) throws Exception {
		String name = vector.get("context").asString();
		String codec = vector.get("codec").asString().equals("json") ? "json" : "cbor";
		TestServer server = server(name, vector.has("waitMs"));
		try (RawSocket socket = new RawSocket(server.port(), "agentsocket.v1." + codec)) {
			setUp(socket, context(vector).get("setup").get(codec));
			List<Frame> seen = new ArrayList<>();
			// All that the setup has sent is numbered, except HELLO.
			long sent = Math.max(0,
					context(vector).get("setup")
						.get(codec)
						.valueStream()
						.filter((step) -> step.get("from").asString().equals("client"))
						.count() - 1);
			for (JsonNode message : vector.get("messages")) {
				sent = send(socket, message, seen, sent);
			}
			verify(socket, vector.get("outcome"), seen);
		}
	}

	private static void setUp(RawSocket socket, JsonNode steps) throws Exception {
		for (JsonNode step : steps) {
			if (step.get("from").asString().equals("client")) {
				socket.send(step.get("hex").asString());
			}
			else {
				RawSocket.Received received = socket.next(TIMEOUT);
				assertThat(received).as("the answer to the setup").isNotNull();
				assertThat(received.isClose()).as("closed in the setup").isFalse();
			}
		}
	}

	private static long send(RawSocket socket, JsonNode message, List<Frame> seen, long before) throws Exception {
		long sent = before;
		if (message.has("text")) {
			socket.sendText(message.get("text").asString());
			return sent;
		}
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		if (message.has("hex")) {
			bytes.writeBytes(HexFormat.of().parseHex(message.get("hex").asString()));
		}
		else {
			for (JsonNode part : message.get("parts")) {
				byte[] piece = HexFormat.of().parseHex(part.get("hex").asString());
				int times = part.has("times") ? part.get("times").asInt() : 1;
				for (int i = 0; i < times; i++) {
					bytes.writeBytes(piece);
				}
			}
		}
		int times = message.has("times") ? message.get("times").asInt() : 1;
		for (int i = 0; i < times; i++) {
			socket.send(bytes.toByteArray());
			if (times > 1 && bytes.size() > FRAME - 1024) {
				// A full frame: eight are half of the window, and an ACK is due after
				// four.
				sent++;
				awaitRoom(socket, seen, sent - 8);
			}
		}
		return sent;
	}

	/** Large messages are sent as the window allows. */
	private static void awaitRoom(RawSocket socket, List<Frame> seen, long number) throws Exception {
		while (seen.stream().noneMatch((frame) -> frame instanceof Frame.Ack ack && ack.received() >= number)) {
			RawSocket.Received received = socket.next(TIMEOUT);
			if (received == null || received.isClose()) {
				if (received != null) {
					socket.putBack(received);
				}
				return;
			}
			seen.addAll(read(received));
		}
	}

	private static void verify(RawSocket socket, JsonNode outcome, List<Frame> seen) throws Exception {
		switch (outcome.get("kind").asString()) {
			case "close" -> assertThat(closeCode(socket, seen)).as("frames before: " + seen)
				.isIn(codes(outcome.get("code").asInt()));
			case "error" -> error(socket, outcome, seen);
			case "welcome" -> assertThat(frames(socket)).anyMatch(Frame.Welcome.class::isInstance);
			case "ignored" -> ignored(socket, seen);
			default -> throw new IllegalStateException(outcome.toString());
		}
	}

	/** A message that is too large may be refused by the WebSocket layer. */
	private static List<Integer> codes(int code) {
		return (code == 4505) ? List.of(4505, 1009) : List.of(code);
	}

	private static int closeCode(RawSocket socket, List<Frame> seen) throws Exception {
		while (true) {
			RawSocket.Received received = socket.next(TIMEOUT);
			assertThat(received).as("close expected, frames before: " + seen).isNotNull();
			if (received.isClose()) {
				return received.closeCode();
			}
			seen.addAll(read(received));
		}
	}

	private static void error(RawSocket socket, JsonNode outcome, List<Frame> seen) throws Exception {
		int stream = outcome.get("stream").asInt();
		while (true) {
			for (Frame frame : List.copyOf(seen)) {
				if (frame instanceof Frame.Error error && error.streamId() == stream) {
					assertThat(error.code()).isEqualTo(outcome.get("code").asInt());
					if (outcome.has("flags")) {
						int flags = (error.retryable() ? 1 : 0) | (error.mayHaveRun() ? 2 : 0);
						assertThat(flags & outcome.get("flags").asInt()).isEqualTo(outcome.get("flags").asInt());
					}
					alive(socket, seen);
					long errors = seen.stream()
						.filter((other) -> other instanceof Frame.Error one && one.streamId() == stream)
						.count();
					assertThat(errors).isEqualTo(1);
					return;
				}
			}
			seen.addAll(frames(socket));
		}
	}

	private static void ignored(RawSocket socket, List<Frame> seen) throws Exception {
		alive(socket, seen);
		assertThat(seen).noneMatch(Frame.Error.class::isInstance);
	}

	/** A ping is answered. */
	private static void alive(RawSocket socket, List<Frame> seen) throws Exception {
		// Acknowledges nothing new, asks for an answer.
		socket.send("1100");
		while (true) {
			List<Frame> frames = frames(socket);
			seen.addAll(frames);
			if (frames.stream().anyMatch(Frame.Ack.class::isInstance)) {
				return;
			}
		}
	}

	private static List<Frame> frames(RawSocket socket) throws Exception {
		RawSocket.Received received = socket.next(TIMEOUT);
		assertThat(received).as("an answer").isNotNull();
		assertThat(received.isClose()).as("closed with " + received.closeCode()).isFalse();
		return read(received);
	}

	private static List<Frame> read(RawSocket.Received received) {
		List<Frame> frames = new ArrayList<>();
		FrameReader reader = new FrameReader(Bytes.of(received.message()), Limits.CLIENT);
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(frame);
		}
		return frames;
	}

}
