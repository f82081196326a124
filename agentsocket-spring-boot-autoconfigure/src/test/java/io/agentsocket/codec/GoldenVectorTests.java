package io.agentsocket.codec;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The golden vectors of {@code docs/vectors}, as far as frames and payloads can be judged
 * without a connection.
 */
class GoldenVectorTests {

	private static final Path VECTORS = Path.of("..", "docs", "vectors");

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final int LENGTH = 2;

	private static JsonNode file(String name) throws Exception {
		return JSON.readTree(Files.readString(VECTORS.resolve(name)));
	}

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex));
	}

	private static List<JacksonCodec> codecs(JsonNode vector) {
		return switch (vector.get("codec").asString()) {
			case "cbor" -> List.of(JacksonCodec.cbor());
			case "json" -> List.of(JacksonCodec.json());
			default -> List.of(JacksonCodec.cbor(), JacksonCodec.json());
		};
	}

	private static Stream<DynamicTest> tests(JsonNode vectors, String name, VectorTest test) {
		return vectors.valueStream()
			.map((vector) -> DynamicTest.dynamicTest(name + " '" + vector.get(name).asString() + "'",
					() -> test.run(vector)));
	}

	@TestFactory
	Stream<DynamicTest> validVarints() throws Exception {
		return tests(file("varints.json").get("valid"), "hex", (vector) -> {
			long value = vector.get("value").asLong();
			Bytes ack = hex("10" + vector.get("hex").asString());
			assertThat(read(ack)).containsExactly(new Frame.Ack(value, -1, false));
			assertThat(write(new Frame.Ack(value, -1, false), true)).isEqualTo(ack);
			assertThat(Varint.size(value)).isEqualTo(ack.length() - 1);
			Bytes number = hex("78" + vector.get("hex").asString() + "61");
			if (vector.get("kind").asString().equals("counter")) {
				assertCloses(number, CloseCode.PROTOCOL.code());
			}
			else {
				assertThat(read(number)).containsExactly(new Frame.Part((int) value, Bytes.utf8("a")));
			}
		});
	}

	@TestFactory
	Stream<DynamicTest> invalidVarints() throws Exception {
		return tests(file("varints.json").get("invalid"), "hex", (vector) -> {
			String kind = vector.get("kind").asString();
			if (!kind.equals("number")) {
				assertCloses(hex("10" + vector.get("hex").asString()), CloseCode.PROTOCOL.code());
			}
			if (!kind.equals("counter")) {
				assertCloses(hex("78" + vector.get("hex").asString()), CloseCode.PROTOCOL.code());
			}
		});
	}

	@TestFactory
	Stream<DynamicTest> frames() throws Exception {
		return tests(file("frames.json").get("frames"), "id", (vector) -> {
			for (JacksonCodec codec : codecs(vector)) {
				check(vector, List.of(vector.get("frame")), null, codec);
			}
		});
	}

	@TestFactory
	Stream<DynamicTest> messages() throws Exception {
		return tests(file("messages.json").get("messages"), "id", (vector) -> {
			List<JsonNode> frames = vector.get("frames").valueStream().toList();
			for (JacksonCodec codec : codecs(vector)) {
				check(vector, frames, vector.get("assembled"), codec);
			}
		});
	}

	@TestFactory
	Stream<DynamicTest> transcripts() throws Exception {
		return tests(file("transcripts.json").get("transcripts"), "id", (vector) -> {
			for (JsonNode step : vector.get("steps")) {
				if (step.has("hex") && step.has("frames")) {
					List<JsonNode> frames = step.get("frames").valueStream().toList();
					for (JacksonCodec codec : codecs(vector)) {
						check(step, frames, step.get("assembled"), codec);
					}
				}
			}
		});
	}

	@TestFactory
	Stream<DynamicTest> invalidInput() throws Exception {
		return file("invalid.json").get("vectors")
			.valueStream()
			.filter(GoldenVectorTests::isJudgedWithoutState)
			.map((vector) -> DynamicTest.dynamicTest(vector.get("id").asString(), () -> {
				for (JacksonCodec codec : codecs(vector)) {
					assertRefused(vector, codec);
				}
			}));
	}

	private static boolean isJudgedWithoutState(JsonNode vector) {
		String level = vector.get("level").asString();
		return level.equals("envelope") || level.equals("payload") || isHandshake(vector) || isPayloadOfStream(vector);
	}

	private static boolean isHandshake(JsonNode vector) {
		// The bytes do not contain the client's request.
		return vector.get("row").asInt() == 17 && !vector.get("id").asString().contains("unasked");
	}

	private static boolean isPayloadOfStream(JsonNode vector) {
		int row = vector.get("row").asInt();
		return row == 50 || row == 51 || row == 53;
	}

	private static void assertRefused(JsonNode vector, JacksonCodec codec) {
		Throwable failure = catchThrowable(() -> {
			for (JsonNode message : vector.get("messages")) {
				for (Frame frame : read(bytes(message))) {
					decodePayloads(frame, codec);
				}
			}
		});
		JsonNode outcome = vector.get("outcome");
		if (outcome.get("kind").asString().equals("close") && failure instanceof ProtocolException protocol) {
			assertThat(protocol.closeCode().code()).isEqualTo(outcome.get("code").asInt());
		}
		else {
			assertThat(vector.get("level").asString()).isNotEqualTo("envelope");
			assertThat(failure).isInstanceOf(CodecException.class);
		}
	}

	private static void decodePayloads(Frame frame, JacksonCodec codec) {
		codec.decodeMetadata(frame.metadata());
		if (frame instanceof Frame.Define define && !define.descriptor().isEmpty()) {
			codec.decodeMap(define.descriptor());
		}
		if (frame instanceof Frame.Event event && !event.payload().isEmpty()) {
			codec.decode(event.payload(), Object.class);
		}
		if (frame instanceof Frame.Hello hello) {
			Hello.decode(codec, hello.body());
		}
		if (frame instanceof Frame.Welcome welcome) {
			Welcome.decode(codec, welcome.body());
		}
		if (frame instanceof Frame.Invoke invoke && !invoke.arguments().isEmpty()) {
			codec.decodeMap(invoke.arguments());
		}
		if (frame instanceof Frame.Item item && item.type() == FrameType.DATA && !item.body().isEmpty()) {
			codec.decode(item.body(), Object.class);
		}
		if (frame instanceof Frame.Item item && item.type() == FrameType.TEXT && !Utf8.isValid(item.body())) {
			throw new CodecException(true, "", "not UTF-8", null);
		}
	}

	private static Bytes bytes(JsonNode message) {
		if (message.has("hex")) {
			return hex(message.get("hex").asString());
		}
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		for (JsonNode part : message.get("parts")) {
			byte[] content = HexFormat.of().parseHex(part.get("hex").asString());
			for (int i = 0; i < part.get("times").asInt(); i++) {
				bytes.writeBytes(content);
			}
		}
		return Bytes.of(bytes.toByteArray());
	}

	private static void assertCloses(Bytes message, int code) {
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> read(message))
			.satisfies((ex) -> assertThat(ex.closeCode().code()).isEqualTo(code));
	}

	private static List<Frame> read(Bytes message) {
		FrameReader reader = new FrameReader(message, Limits.SERVER);
		List<Frame> frames = new ArrayList<>();
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(frame);
		}
		return frames;
	}

	private static Bytes write(Frame frame, boolean last) {
		FrameWriter writer = new FrameWriter(0);
		writer.write(frame, last);
		return writer.take();
	}

	private static void check(JsonNode vector, List<JsonNode> expected, @Nullable JsonNode assembled,
			JacksonCodec codec) {
		Bytes message = hex(vector.get("hex").asString());
		FrameReader reader = new FrameReader(message, Limits.CLIENT);
		Map<Integer, ByteArrayOutputStream> parts = new LinkedHashMap<>();
		for (int i = 0; i < expected.size(); i++) {
			JsonNode fields = expected.get(i);
			Frame frame = reader.next();
			assertThat(frame).isNotNull();
			Bytes written = message.slice(reader.frameStart(), reader.frameSize());
			assertThat(fields.has("length")).isEqualTo((written.array()[written.offset()] & LENGTH) != 0);
			checkEnvelope(frame, fields, written);
			checkMetadata(frame, fields, codec);
			if (isKeptWhole(frame, fields)) {
				boolean last = !fields.has("length");
				assertThat(write(frame, last)).isEqualTo(written);
			}
			if (frame instanceof Frame.Part part) {
				parts.computeIfAbsent(part.streamId(), (id) -> new ByteArrayOutputStream())
					.writeBytes(part.body().toArray());
			}
			JsonNode whole = whole(assembled, i);
			if (whole != null) {
				ByteArrayOutputStream bytes = parts.remove(frame.streamId());
				bytes.writeBytes(payload(frame).toArray());
				checkContent(frame, Bytes.of(bytes.toByteArray()), whole, fields, codec);
			}
			else {
				checkContent(frame, payload(frame), fields, fields, codec);
			}
		}
		assertThat(reader.next()).isNull();
	}

	/** Not so: invalid UTF-8 and flags that are not known. */
	private static boolean isKeptWhole(Frame frame, JsonNode fields) {
		return !fields.path("text").asString("").contains("\uFFFD")
				&& !(frame instanceof Frame.Error && fields.get("flags").asInt() > 3);
	}

	private static @Nullable JsonNode whole(@Nullable JsonNode assembled, int index) {
		if (assembled != null) {
			for (JsonNode candidate : assembled) {
				if (candidate.get("frame").asInt() == index) {
					return candidate;
				}
			}
		}
		return null;
	}

	private static void checkEnvelope(Frame frame, JsonNode fields, Bytes written) {
		assertThat(frame.type().name()).isEqualTo(fields.get("type").asString());
		assertThat(written.array()[written.offset()] >> 3 & 0x1F).isEqualTo(fields.get("typeCode").asInt());
		assertThat(frame.end()).isEqualTo(fields.get("end").asBoolean());
		assertThat(frame.streamId()).isEqualTo(fields.path("stream").asInt(0));
		assertThat(written.toString()).endsWith(fields.get("body").asString());
	}

	private static void checkMetadata(Frame frame, JsonNode fields, JacksonCodec codec) {
		assertThat(fields.has("metadata")).isEqualTo(!frame.metadata().isEmpty());
		if (!fields.has("metadata")) {
			return;
		}
		Metadata metadata = codec.decodeMetadata(frame.metadata());
		JsonNode expected = fields.get("metadata");
		assertThat(metadata.parent()).isEqualTo(expected.path("1").asInt(0));
		assertThat(metadata.deadline()).isEqualTo(expected.path("2").asLong(-1));
		assertThat(metadata.idempotencyKey()).isEqualTo(expected.path("4").asString(null));
		assertThat(metadata.traceparent()).isEqualTo(expected.path("5").asString(null));
		assertThat(metadata.credit()).isEqualTo(expected.path("7").asLong(-1));
		assertThat(metadata.progress() != null).isEqualTo(expected.has("8"));
		assertThat(metadata.details() != null).isEqualTo(expected.has("9"));
		assertThat(metadata.catalog()).isEqualTo(expected.path("10").asString(null));
		assertThat(metadata.depth()).isEqualTo(expected.path("11").asInt(0));
		assertThat(codec.decodeMetadata(codec.encodeMetadata(metadata))).isEqualTo(metadata);
	}

	private static Bytes payload(Frame frame) {
		if (frame instanceof Frame.Define define) {
			return define.descriptor();
		}
		if (frame instanceof Frame.Event event) {
			return event.payload();
		}
		if (frame instanceof Frame.Invoke invoke) {
			return invoke.arguments();
		}
		return (frame instanceof Frame.Item item) ? item.body() : Bytes.EMPTY;
	}

	/**
	 * Compare the members behind the envelope.
	 * @param whole has the members of the payload
	 * @param fields has the members of the frame's own head
	 */
	private static void checkContent(Frame frame, Bytes payload, JsonNode whole, JsonNode fields, JacksonCodec codec) {
		if (frame instanceof Frame.Hello hello) {
			assertThat(tree(codec.decodeMap(hello.body()))).isEqualTo(tree(fields.get("map")));
			Hello decoded = Hello.decode(codec, hello.body());
			assertThat(Hello.decode(codec, decoded.encode(codec))).isEqualTo(decoded);
		}
		else if (frame instanceof Frame.Welcome welcome) {
			assertThat(tree(codec.decodeMap(welcome.body()))).isEqualTo(tree(fields.get("map")));
			Welcome decoded = Welcome.decode(codec, welcome.body());
			assertThat(decoded.status().name()).isEqualToIgnoringCase(fields.get("map").get("status").asString());
			assertThat(Welcome.decode(codec, decoded.encode(codec))).isEqualTo(decoded);
		}
		else if (frame instanceof Frame.Ack ack) {
			assertThat(ack.received()).isEqualTo(fields.get("rx").asLong());
			assertThat(ack.sent()).isEqualTo(fields.path("tx").asLong(-1));
		}
		else if (frame instanceof Frame.GoAway goAway) {
			assertThat(goAway.code()).isEqualTo(fields.get("code").asInt());
			assertThat(goAway.drain()).isEqualTo(fields.get("drain").asLong());
			assertThat(goAway.spread()).isEqualTo(fields.get("spread").asLong());
			assertThat(goAway.text()).isEqualTo(fields.get("text").asString());
		}
		else if (frame instanceof Frame.Define define) {
			JsonNode head = fields.has("name") ? fields : whole;
			assertThat(define.alias()).isEqualTo(head.get("alias").asInt());
			assertThat(define.name()).isEqualTo(head.get("name").asString());
			checkPayload(payload, whole, "descriptor", codec);
		}
		else if (frame instanceof Frame.Event event) {
			checkRef(event.ref(), fields.has("ref") ? fields : whole);
			checkPayload(payload, whole, "payload", codec);
		}
		else if (frame instanceof Frame.Invoke invoke) {
			checkRef(invoke.ref(), fields.has("ref") ? fields : whole);
			checkPayload(payload, whole, "arguments", codec);
		}
		else if (frame instanceof Frame.Item item) {
			checkItem(item, payload, whole, codec);
		}
		else {
			checkControl(frame, fields);
		}
	}

	private static void checkControl(Frame frame, JsonNode fields) {
		if (frame instanceof Frame.Error error) {
			assertThat(error.code()).isEqualTo(fields.get("code").asInt());
			assertThat(error.retryable()).isEqualTo((fields.get("flags").asInt() & 1) != 0);
			assertThat(error.mayHaveRun()).isEqualTo((fields.get("flags").asInt() & 2) != 0);
			assertThat(error.text()).isEqualTo(fields.get("text").asString());
		}
		else if (frame instanceof Frame.Interrupt interrupt) {
			assertThat(interrupt.mode()).isEqualTo(fields.get("mode").asInt());
			assertThat(interrupt.text()).isEqualTo(fields.get("reason").asString());
		}
		else if (frame instanceof Frame.Credit credit) {
			assertThat(credit.items()).isEqualTo(fields.get("items").asLong());
		}
		else if (frame instanceof Frame.Part part) {
			assertThat(part.body()).isEqualTo(hex(fields.get("bytes").asString()));
		}
		else if (frame instanceof Frame.Extension extension) {
			assertThat(extension.content().toString()).endsWith(fields.get("body").asString());
		}
	}

	private static void checkRef(Frame.Ref ref, JsonNode head) {
		assertThat(ref.alias()).isEqualTo(head.get("ref").path("alias").asInt(0));
		assertThat(ref.name()).isEqualTo(head.get("ref").path("name").asString(null));
	}

	private static void checkItem(Frame.Item item, Bytes payload, JsonNode whole, JacksonCodec codec) {
		if (item.type() == FrameType.DATA) {
			checkPayload(payload, whole, "item", codec);
		}
		else if (item.type() == FrameType.TEXT && whole.has("text")) {
			assertThat(payload.toUtf8()).isEqualTo(whole.get("text").asString());
		}
		else if (whole.has("bytes")) {
			assertThat(payload).isEqualTo(hex(whole.get("bytes").asString()));
		}
	}

	private static void checkPayload(Bytes payload, JsonNode fields, String member, JacksonCodec codec) {
		assertThat(fields.has(member)).isEqualTo(!payload.isEmpty());
		if (fields.has(member)) {
			Object decoded = codec.decode(payload, Object.class);
			assertThat(tree(decoded)).isEqualTo(tree(fields.get(member)));
			Object again = codec.decode(codec.encode(decoded), Object.class);
			assertThat(tree(again)).isEqualTo(tree(decoded));
		}
	}

	/** A comparable form: numbers by value, byte strings as the vectors write them. */
	private static JsonNode tree(@Nullable Object value) {
		return JSON
			.valueToTree(comparable((value instanceof JsonNode node) ? JSON.treeToValue(node, Object.class) : value));
	}

	private static @Nullable Object comparable(@Nullable Object value) {
		if (value instanceof byte[] bytes) {
			return Map.of("$bytes", HexFormat.of().formatHex(bytes));
		}
		if (value instanceof Number number) {
			return number.doubleValue();
		}
		if (value instanceof List<?> list) {
			List<@Nullable Object> result = new ArrayList<>();
			list.forEach((member) -> result.add(comparable(member)));
			return result;
		}
		if (value instanceof Map<?, ?> map) {
			Map<String, @Nullable Object> result = new LinkedHashMap<>();
			map.forEach((key, member) -> result.put(String.valueOf(key), comparable(member)));
			return result;
		}
		return value;
	}

	@FunctionalInterface
	private interface VectorTest {

		void run(JsonNode vector) throws Exception;

	}

}
