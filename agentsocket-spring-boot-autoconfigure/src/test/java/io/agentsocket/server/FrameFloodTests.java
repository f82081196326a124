package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.event.EventListeners;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent sends very many of one kind of frame to one kind of stream, acknowledges
 * nothing and stays. It makes its session hold no more than a session may hold, gets the
 * answer of the protocol, and nothing counts for it when the session is over.
 */
class FrameFloodTests {

	private static final int SESSION_MEMORY = 1 << 20;

	/**
	 * Bytes that a session may hold beyond its bound: itself and its connection, answers
	 * to each stream and to the frames of one message, and what is beside them.
	 */
	private static final int BEYOND = 256 * 1024;

	private static final int FRAMES = 1260;

	/** Small enough for frames of 4 KB in a message of 64 KiB. */
	private static final int IN_MESSAGE = 15;

	/** Messages of that number do not use up the window of the server. */
	private static final int IN_ROUND = 30;

	private static final int NEVER = 1;

	private static final int TAKING = 3;

	private static final int ASKING = 5;

	private static final int ENDED = 7;

	private static final int STREAMING = 9;

	private static final int FIRST_NEW = 11;

	private static final int QUESTION = 2;

	private static final Bytes SMALL = Bytes.of(new byte[] { 1, 2, 3 });

	/** Not above 4 KiB, so what is small everywhere. */
	private static final Bytes PIECE = Bytes.of(new byte[4000]);

	/** The stream that a frame is about. */
	enum Target {

		/** A stream of the agent whose action waits and takes no items. */
		OPEN(FrameFloodTests.NEVER),
		/** A stream of the agent whose action takes items and has taken none. */
		TAKING(FrameFloodTests.TAKING),
		/** A stream of the agent whose results wait for credit. */
		STREAMING(FrameFloodTests.STREAMING),
		/** A stream of the agent that has ended. */
		ENDED(FrameFloodTests.ENDED),
		/** A stream that the server has opened. */
		QUESTION(FrameFloodTests.QUESTION),
		/** A stream that nobody has opened. */
		UNOPENED(9998);

		private final int id;

		Target(int id) {
			this.id = id;
		}

	}

	/** Makes the frames of a flood. */
	interface Flood {

		/**
		 * A frame.
		 * @param n number of the frame, from 0
		 */
		Frame frame(int n);

	}

	private static Arguments flood(String name, String answer, Flood flood) {
		return Arguments.of(name, answer, flood);
	}

	private static Frame.Invoke invoke(int n, String action, Bytes metadata, Bytes arguments) {
		return new Frame.Invoke(FIRST_NEW + 2 * n, true, Frame.Ref.name(action), metadata, arguments);
	}

	private static Bytes key(int n) {
		return RawAgent.CBOR.encodeMetadata(new Metadata(0, -1, "key-" + n, null, -1, null, null, null, 0));
	}

	private static String closed(CloseCode code) {
		return "close " + code.code();
	}

	private static final String STAYS = "stays";

	private static String error(int stream, ErrorCode code) {
		return "error " + code + " on " + stream;
	}

	private static Stream<Arguments> floods() {
		Bytes arguments = RawAgent.CBOR.encodeMap(Map.of("x", new byte[3000]));
		List<Arguments> all = new ArrayList<>();
		all.add(flood("pings", closed(CloseCode.RATE), (n) -> new Frame.Ack(0, -1, true)));
		all.add(flood("acknowledgements of nothing", STAYS, (n) -> new Frame.Ack(0, -1, false)));
		all.add(flood("ends", "close 1000", (n) -> new Frame.GoAway(0, 0, 0, "x".repeat(100))));
		all.add(flood("second HELLOs", closed(CloseCode.PROTOCOL), (n) -> new Frame.Hello(Bytes.EMPTY)));
		all.add(flood("aliases", closed(CloseCode.TOO_LARGE),
				(n) -> new Frame.Define(100 + n, "theirs.n" + n, Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("announced actions", STAYS,
				(n) -> new Frame.Define(0, "theirs.n" + n, Bytes.EMPTY, RawAgent.CBOR.encodeMap(Map.of("d", "x")))));
		all.add(flood("aliases that are withdrawn", STAYS,
				(n) -> new Frame.Define(100, (n % 2 == 0) ? "theirs" : "", Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("events that a listener does not take", STAYS,
				(n) -> new Frame.Event(Frame.Ref.name("slow"), Bytes.EMPTY, RawAgent.CBOR.encode(new byte[3000]))));
		all.add(flood("events that nobody listens to", STAYS,
				(n) -> new Frame.Event(Frame.Ref.name("nobody" + n), Bytes.EMPTY, PIECE)));
		all.add(flood("calls", "error RESOURCE_EXHAUSTED", (n) -> invoke(n, "never", Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("calls with arguments", "error RESOURCE_EXHAUSTED",
				(n) -> invoke(n, "never", Bytes.EMPTY, arguments)));
		all.add(flood("calls that answer", "error RESOURCE_EXHAUSTED",
				(n) -> invoke(n, "large", Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("calls with keys", "error RESOURCE_EXHAUSTED", (n) -> invoke(n, "large", key(n), Bytes.EMPTY)));
		all.add(flood("calls of nothing", "error NOT_FOUND",
				(n) -> invoke(n, "nothing.n" + n, Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("searches", STAYS, (n) -> invoke(n, "as.find", Bytes.EMPTY, Bytes.EMPTY)));
		all.add(flood("subscriptions", "error RESOURCE_EXHAUSTED", (n) -> invoke(n, "as.subscribe", Bytes.EMPTY,
				RawAgent.CBOR.encodeMap(Map.of("add", List.of("a.name.that.is.long." + n))))));
		all.add(flood("parts of calls", "error RESOURCE_EXHAUSTED", (n) -> new Frame.Part(FIRST_NEW + 2 * n, PIECE)));
		all.add(flood("parts of one call", "error RESOURCE_EXHAUSTED", (n) -> new Frame.Part(FIRST_NEW, PIECE)));
		all.add(flood("parts of an event", closed(CloseCode.TOO_LARGE), (n) -> new Frame.Part(0, PIECE)));
		all.add(flood("frames of later versions", STAYS,
				(n) -> new Frame.Extension(FrameType.FIRST_EXTENSION, 0, false, PIECE)));
		for (Target target : Target.values()) {
			floods(target, all);
		}
		return all.stream();
	}

	private static void floods(Target target, List<Arguments> all) {
		int id = target.id;
		boolean question = target == Target.QUESTION;
		boolean ended = target == Target.ENDED;
		boolean unopened = target == Target.UNOPENED;
		String broken = closed(CloseCode.PROTOCOL);
		String tooMuch = unopened ? broken : ended ? STAYS : error(id, ErrorCode.RESOURCE_EXHAUSTED);
		boolean takesNone = target == Target.OPEN || target == Target.STREAMING;
		String item = takesNone ? error(id, ErrorCode.FAILED_PRECONDITION) : tooMuch;
		for (FrameType type : List.of(FrameType.DATA, FrameType.TEXT, FrameType.BYTES)) {
			Bytes body = (type == FrameType.DATA) ? RawAgent.CBOR.encode(new byte[3000]) : PIECE;
			String answer = (question && type == FrameType.DATA) ? STAYS : item;
			all.add(flood(type + " to " + target, answer, (n) -> new Frame.Item(type, id, false, Bytes.EMPTY, body)));
		}
		all.add(flood("PART to " + target, tooMuch, (n) -> new Frame.Part(id, PIECE)));
		all.add(flood("ERROR to " + target, unopened ? broken : STAYS,
				(n) -> new Frame.Error(id, 1, false, false, Bytes.EMPTY, "x".repeat(200))));
		all.add(flood("INTERRUPT to " + target,
				(unopened || question) ? broken : ended ? STAYS : error(id, ErrorCode.CANCELLED),
				(n) -> new Frame.Interrupt(id, Frame.Interrupt.NOW, Bytes.EMPTY, "x".repeat(200))));
		all.add(flood("CREDIT to " + target, unopened ? broken : STAYS, (n) -> new Frame.Credit(id, 1)));
		all.add(flood("EXTENSION to " + target, STAYS,
				(n) -> new Frame.Extension(FrameType.FIRST_EXTENSION + 1, id, false, SMALL)));
	}

	private final TrafficTotals totals = new TrafficTotals();

	private TestServer server() {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.idleTimeout(Duration.ofMillis(20))
			.bounds(ServerBounds.builder().sessionMemory(SESSION_MEMORY).memory(64 << 20).build())
			.build();
		EventListeners events = EventListeners.builder()
			.onReactive("slow", byte[].class, (AgentSession session, byte[] payload) -> Mono.never())
			.build();
		return new TestServer(settings, (builder) -> builder.events(events::sinkFor).totals(this.totals),
				Action.named("never").handler((exchange) -> Mono.never()),
				Action.named("large").handler((exchange) -> Mono.just("x".repeat(3500))),
				Action.named("done").handler((exchange) -> Mono.just("x")),
				Action.named("take").items(Map.of()).handler((exchange) -> Mono.never()),
				Action.named("stream").result(ResultShape.ITEMS).handler((exchange) -> Flux.range(0, 1_000_000)),
				Action.named("ask")
					.handler((exchange) -> exchange.invoke("answer").toMono(String.class).then(Mono.never())));
	}

	/** Errors and the close code that the server has sent. */
	private static final class Answers {

		private final Set<String> errors = new TreeSet<>();

		private int closeCode;

		/** Read all that has come; true when the connection is closed. */
		boolean read(RawSocket socket) {
			try {
				RawSocket.@Nullable Received received = socket.next(Duration.ZERO);
				while (received != null && this.closeCode == 0) {
					this.closeCode = received.closeCode();
					byte[] message = received.message();
					if (message != null) {
						read(new FrameReader(Bytes.of(message), Limits.CLIENT));
					}
					received = socket.next(Duration.ZERO);
				}
				return this.closeCode != 0;
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private void read(FrameReader reader) {
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				if (frame instanceof Frame.Error error) {
					String name = "error " + Objects.requireNonNull(ErrorCode.of(error.code()));
					this.errors.add(name);
					this.errors.add(name + " on " + error.streamId());
				}
			}
		}

		boolean have(String answer) {
			return this.errors.contains(answer) || answer.equals("close " + this.closeCode);
		}

	}

	private static void open(TestServer server, RawCaller agent) throws InterruptedException {
		agent.open();
		send(agent, invokeAs(NEVER, "never", true), invokeAs(TAKING, "take", false), invokeAs(ASKING, "ask", true),
				invokeAs(ENDED, "done", true), invokeAs(STREAMING, "stream", true));
		assertThat(agent.answer(ENDED)).isInstanceOf(Frame.Item.class);
		Await.until(() -> server.server().operators().load().invoked() == 1
				&& server.server().operators().load().served() == 4);
	}

	private static Frame invokeAs(int id, String action, boolean end) {
		return new Frame.Invoke(id, end, Frame.Ref.name(action), Bytes.EMPTY, Bytes.EMPTY);
	}

	private static void send(RawCaller agent, Frame... frames) {
		FrameWriter writer = new FrameWriter(256);
		for (int i = 0; i < frames.length; i++) {
			writer.write(frames[i], i == frames.length - 1);
		}
		agent.socket().send(writer.take().toArray());
	}

	/** Sends a flood in rounds, each when the one before was processed. */
	private Answers send(TestServer server, RawCaller agent, Flood flood) {
		Answers answers = new Answers();
		// An event cannot be refused: one may come in parts, which are as large as an
		// item.
		boolean event = flood.frame(0) instanceof Frame.Part part && part.streamId() == 0;
		long most = SESSION_MEMORY + BEYOND + (event ? Limits.SERVER.item() : 0);
		for (int n = 0; n < FRAMES && answers.closeCode == 0; n += IN_ROUND) {
			long processed = this.totals.frames(false) + IN_ROUND;
			for (int message = n; message < n + IN_ROUND; message += IN_MESSAGE) {
				send(agent,
						IntStream.range(message, message + IN_MESSAGE).mapToObj(flood::frame).toArray(Frame[]::new));
			}
			Await.until(() -> this.totals.frames(false) >= processed || answers.read(agent.socket()));
			assertThat(server.server().bounds().memory().used()).isLessThan(most);
			assertThat(server.server().operators().load().served()).isLessThanOrEqualTo(Limits.SERVER.streams());
		}
		return answers;
	}

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("floods")
	void sessionIsBounded(String name, String answer, Flood flood) throws Exception {
		try (TestServer server = server()) {
			try (RawCaller agent = new RawCaller(server)) {
				open(server, agent);
				Answers answers = send(server, agent, flood);
				if (answer.equals(STAYS)) {
					answers.read(agent.socket());
					assertThat(answers.closeCode).isZero();
				}
				else {
					Await.until(answer, () -> answers.have(answer) || answers.read(agent.socket()));
					assertThat(answers.have(answer)).as("%s among %s", answer, answers.errors).isTrue();
				}
			}
			Await.until(() -> server.server().bounds().isUnused());
		}
	}

}
