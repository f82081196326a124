package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import io.agentsocket.protocol.Bytes;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;
import tools.jackson.dataformat.cbor.CBORMapper;
import tools.jackson.dataformat.cbor.CBORReadFeature;
import tools.jackson.dataformat.cbor.CBORWriteFeature;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class JacksonCodecTests {

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
	}

	private static CodecException failure(ThrowingCallable call) {
		CodecException failure = catchThrowableOfType(CodecException.class, call);
		assertThat(failure).isNotNull();
		return failure;
	}

	@Test
	void namesAndSubProtocols() {
		assertThat(JacksonCodec.cbor().subProtocol()).isEqualTo("agentsocket.v1.cbor");
		assertThat(JacksonCodec.json().subProtocol()).isEqualTo("agentsocket.v1.json");
	}

	@Test
	void cborKeepsTheByteBudget() {
		JacksonCodec codec = JacksonCodec.cbor();
		assertThat(codec.encode(new Reading(21.5)).length()).isLessThanOrEqualTo(12);
		assertThat(codec.encode(Map.of("temp", 21.5)).length()).isLessThanOrEqualTo(12);
		assertThat(codec.encode(new Place("Berlin", null)).length()).isLessThanOrEqualTo(24);
		assertThat(codec.encode(Map.of("city", "Berlin")).length()).isLessThanOrEqualTo(14);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsWhatItWrites(JacksonCodec codec) {
		Everything value = new Everything("Grüße 🌍", Long.MAX_VALUE, -1.25, true, List.of(new Place("Berlin", "DE")),
				new byte[] { 0, -1, 7 }, LocalDate.of(2026, 1, 31), Level.HIGH);
		Everything read = codec.decode(codec.encode(value), Everything.class);
		assertThat(read).usingRecursiveComparison().isEqualTo(value);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsGenericTypes(JacksonCodec codec) {
		Type type = new ParameterizedTypeReference<Map<String, List<Place>>>() {
		}.getType();
		Map<String, List<Place>> value = Map.of("a", List.of(new Place("Rome", "IT")));
		assertThat(codec.<Map<String, List<Place>>>decode(codec.encode(value), type)).isEqualTo(value);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsAValueInTheMiddleOfAnArray(JacksonCodec codec) {
		byte[] payload = codec.encode(new Reading(1.5)).toArray();
		byte[] message = new byte[payload.length + 9];
		Arrays.fill(message, (byte) 0xEE);
		System.arraycopy(payload, 0, message, 4, payload.length);
		assertThat(codec.<Reading>decode(Bytes.of(message, 4, payload.length), Reading.class))
			.isEqualTo(new Reading(1.5));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullIsAValue(JacksonCodec codec) {
		assertThat(codec.<Object>decode(codec.encode(null), Reading.class)).isNull();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void writesPayloadsLargerThanTheGeneratorsBuffer(JacksonCodec codec) {
		String text = "äbc\n".repeat(50_000);
		assertThat(codec.<String>decode(codec.encode(text), String.class)).isEqualTo(text);
	}

	@Test
	void bytesAreByteStringsInCborAndBase64InJson() {
		byte[] bytes = { 1, 2, 3 };
		assertThat(JacksonCodec.cbor().encode(bytes)).isEqualTo(hex("43010203"));
		assertThat(JacksonCodec.json().encode(bytes).toUtf8()).isEqualTo("\"AQID\"");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nothingIsMalformed(JacksonCodec codec) {
		assertThat(failure(() -> codec.decode(Bytes.EMPTY, Object.class)).isMalformed()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void bytesAfterTheValueAreMalformed(JacksonCodec codec) {
		byte[] one = codec.encode(new Reading(1.5)).toArray();
		byte[] two = Arrays.copyOf(one, 2 * one.length);
		System.arraycopy(one, 0, two, one.length, one.length);
		for (ThrowingCallable call : List.<ThrowingCallable>of(() -> codec.decode(Bytes.of(two), Reading.class),
				() -> codec.decode(Bytes.of(two), Map.class), () -> codec.decodeMap(Bytes.of(two)),
				() -> codec.decode(Bytes.of(Arrays.copyOf(two, one.length + 1)), Reading.class))) {
			CodecException failure = failure(call);
			assertThat(failure.isMalformed()).isTrue();
			assertThat(failure).hasMessage("followed by other bytes");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void truncatedBytesAreMalformed(JacksonCodec codec) {
		byte[] bytes = codec.encode(Map.of("city", "Berlin", "list", List.of(1, 2, 3))).toArray();
		for (int length = 1; length < bytes.length; length++) {
			Bytes truncated = Bytes.of(bytes, 0, length);
			assertThat(failure(() -> codec.decode(truncated, Map.class)).isMalformed()).isTrue();
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void refusesWhatNestsDeeperThanTheLimit(JacksonCodec codec) {
		assertThat(codec.<Object>decode(nested(codec, 32), Object.class)).isNotNull();
		CodecException failure = failure(() -> codec.decode(nested(codec, 33), Object.class));
		assertThat(failure.isMalformed()).isTrue();
		assertThat(failure).hasMessage("nested deeper than 32");
		assertThat(failure(() -> codec.decode(nested(codec, 5_000), Object.class))).hasMessage("nested deeper than 32");
		Object value = List.of();
		for (int i = 0; i < 32; i++) {
			value = List.of(value);
		}
		Object tooDeep = value;
		assertThat(failure(() -> codec.encode(tooDeep))).hasMessage("nested deeper than 32");
	}

	private static Bytes nested(JacksonCodec codec, int depth) {
		if (codec.name().equals("json")) {
			return Bytes.utf8("[".repeat(depth) + "]".repeat(depth));
		}
		byte[] bytes = new byte[depth];
		Arrays.fill(bytes, (byte) 0x81);
		bytes[depth - 1] = (byte) 0x80;
		return Bytes.of(bytes);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void saysWhereAndHowAValueDoesNotFit(JacksonCodec codec) {
		assertMisfit(codec, Map.of("number", "abc"), "/number", "expected an integer");
		assertMisfit(codec, Map.of("ratio", List.of(1)), "/ratio", "expected a number");
		assertMisfit(codec, Map.of("text", Map.of()), "/text", "expected a text");
		assertMisfit(codec, Map.of("flag", List.of()), "/flag", "expected true or false");
		assertMisfit(codec, Map.of("places", List.of(Map.of(), Map.of("city", List.of()))), "/places/1/city",
				"expected a text");
		assertMisfit(codec, Map.of("places", "none"), "/places", "expected an array");
		assertMisfit(codec, Map.of("places", List.of("x")), "/places/0", "expected an object");
		assertMisfit(codec, Map.of("day", "tomorrow"), "/day", "expected a date such as 2026-01-31");
		assertMisfit(codec, Map.of("level", "medium"), "/level", "expected one of LOW, HIGH");
		assertMisfit(codec, List.of(), "", "expected an object");
	}

	private static void assertMisfit(JacksonCodec codec, Object value, String pointer, String message) {
		CodecException failure = failure(() -> codec.decode(codec.encode(value), Everything.class));
		assertThat(failure.isMalformed()).isFalse();
		assertThat(failure.pointer()).isEqualTo(pointer);
		assertThat(failure).hasMessage(message);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void saysThatANumberIsOutOfRange(JacksonCodec codec) {
		CodecException failure = failure(
				() -> codec.decode(codec.encode(Map.of("count", 5_000_000_000L)), Counted.class));
		assertThat(failure.isMalformed()).isFalse();
		assertThat(failure.pointer()).isEqualTo("/count");
		assertThat(failure.getMessage()).isIn("the number is out of range", "expected an integer of 32 bits");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void saysThatAPrimitiveMustNotBeNull(JacksonCodec codec) {
		Map<String, Object> value = new LinkedHashMap<>();
		value.put("count", null);
		CodecException failure = failure(() -> codec.decode(codec.encode(value), Counted.class));
		assertThat(failure.pointer()).isEqualTo("/count");
		assertThat(failure).hasMessage("must not be null");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void doesNotRepeatTextsOfExceptionsOrNamesOfClasses(JacksonCodec codec) {
		CodecException failure = failure(() -> codec.decode(codec.encode(Map.of("value", "secret")), Picky.class));
		assertThat(failure).hasMessage("is not valid");
		assertThat(failure.pointer()).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void escapesPointers(JacksonCodec codec) {
		Type type = new ParameterizedTypeReference<Map<String, Integer>>() {
		}.getType();
		assertThat(failure(() -> codec.decode(codec.encode(Map.of("a/b~c", "x")), type)).pointer())
			.isEqualTo("/a~1b~0c");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void aTypeThatCannotBeReadIsNotThePeersFault(JacksonCodec codec) {
		assertThatThrownBy(() -> codec.decode(codec.encode(Map.of()), Runnable.class))
			.isInstanceOf(IllegalArgumentException.class);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void aValueThatCannotBeWrittenIsNamedByItsPointer(JacksonCodec codec) {
		CodecException failure = failure(() -> codec.encode(Map.of("bad", new Failing())));
		assertThat(failure.isMalformed()).isFalse();
		assertThat(failure.pointer()).isEqualTo("/bad/value");
		assertThat(failure).hasMessage("the value cannot be written");
	}

	@Test
	void usersModulesAndNamingApplyToPayloadsButNotToTheWire() {
		SimpleModule module = new SimpleModule("longs").addSerializer(Long.class, ToStringSerializer.instance);
		CBORMapper cbor = CBORMapper.builder()
			.addModule(module)
			.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
			.disable(CBORWriteFeature.WRITE_MINIMAL_INTS)
			.enable(CBORWriteFeature.WRITE_TYPE_HEADER, CBORWriteFeature.STRINGREF)
			.enable(CBORReadFeature.READ_UNDEFINED_AS_EMBEDDED_OBJECT)
			.build();
		JsonMapper json = JsonMapper.builder()
			.addModule(module)
			.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
			.enable(SerializationFeature.INDENT_OUTPUT, SerializationFeature.WRAP_ROOT_VALUE)
			.build();
		for (JacksonCodec codec : List.of(JacksonCodec.cbor(cbor, 32), JacksonCodec.json(json, 32))) {
			JacksonCodec plain = (codec.name().equals("cbor")) ? JacksonCodec.cbor() : JacksonCodec.json();
			assertThat(codec.encode(new Snake(1L))).isEqualTo(plain.encode(Map.of("long_name", "1")));
			assertThat(codec.encode(List.of(1, 2))).isEqualTo(plain.encode(List.of(1, 2)));
			assertThat(codec.encodeMap(Map.of("n", 1L))).isEqualTo(plain.encodeMap(Map.of("n", 1L)));
			assertThat(codec.decodeMap(plain.encodeMap(Map.of("n", 1)))).isEqualTo(Map.of("n", 1));
			Metadata metadata = new Metadata(3, 5L, null, null, 7, null, null, null, 1);
			assertThat(codec.encodeMetadata(metadata)).isEqualTo(plain.encodeMetadata(metadata));
		}
	}

	@Test
	void cborOfAJsonMapperKnowsItsTypesInTheFormOfCbor() {
		JsonMapper json = JsonMapper.builder()
			.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
			.enable(tools.jackson.core.json.JsonReadFeature.values())
			.enable(tools.jackson.core.json.JsonWriteFeature.values())
			.enable(SerializationFeature.INDENT_OUTPUT, SerializationFeature.WRAP_ROOT_VALUE)
			.build();
		JacksonCodec plain = JacksonCodec.cbor();
		JacksonCodec codec = JacksonCodec.cbor(json, 32);
		for (JacksonCodec cbor : List.of(codec, JacksonCodec.cbor(codec.mapper(), 32))) {
			assertThat(cbor.encode(new Snake(1L))).isEqualTo(plain.encode(Map.of("long_name", 1)));
			for (Object value : List.of(1, 1.5, 0.1f, "t\u00e9", new byte[] { 1, 2 }, new java.math.BigDecimal("1.25"),
					java.math.BigInteger.ONE.shiftLeft(63), new double[] { 1, 2 },
					java.util.UUID.fromString("00000000-0000-0000-0000-000000000001"),
					List.of(Map.of("bytes", new byte[] { 3 }), true))) {
				assertThat(cbor.encode(value)).isEqualTo(plain.encode(value));
			}
			assertThat(cbor.<byte[]>decode(hex("43010203"), byte[].class)).containsExactly(1, 2, 3);
			assertThat(cbor.<byte[]>decode(plain.encode("AQID"), byte[].class)).containsExactly(1, 2, 3);
			assertThat(failure(() -> cbor.decode(hex("6131"), Integer.class)).isMalformed()).isFalse();
			assertThat(failure(() -> cbor.decode(hex("a10102"), Object.class)).isMalformed()).isTrue();
			ObjectMapper rebuilt = cbor.mapper().rebuild().build();
			assertThat(rebuilt.writeValueAsBytes(new Snake(1L))).isEqualTo(cbor.encode(new Snake(1L)).toArray());
		}
		assertThatThrownBy(() -> JacksonCodec.cbor(new ObjectMapper(), 32))
			.isInstanceOf(IllegalArgumentException.class);
	}

	@Test
	void laxUserMappersDoNotLoosenTheWire() {
		JsonMapper lax = JsonMapper.builder()
			.enable(tools.jackson.core.json.JsonReadFeature.ALLOW_JAVA_COMMENTS)
			.disable(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.build();
		JacksonCodec codec = JacksonCodec.json(lax, 32);
		assertThat(failure(() -> codec.decode(Bytes.utf8("/* x */ 1"), Integer.class)).isMalformed()).isTrue();
		assertThat(failure(() -> codec.decode(Bytes.utf8("1 2"), Integer.class)).isMalformed()).isTrue();
		assertThatThrownBy(() -> codec.mapper().readValue("1 2", Integer.class)).hasMessageContaining("Trailing");
		assertThatThrownBy(() -> codec.mapper().readValue("[".repeat(40) + "]".repeat(40), Object.class))
			.hasMessageContaining("depth");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a10102", "a1a000", "a1f600", "a1420000", "81a10102", "f0", "f820", "f800", "ff", "1c",
			"9c", "81ff", "bf6161ff", "5f6161ff", "7f4161ff", "7f7f6161ffff", "5b7fffffffffffffff",
			"5bffffffffffffffff00", "9b7fffffffffffffff00", "bbffffffffffffffff", "c1", "d9", "fa0000", "9f", "9f01" })
	void refusesCborThatNobodyMaySend(String payload) {
		assertThat(failure(() -> JacksonCodec.cbor().decode(hex(payload), Object.class)).isMalformed()).isTrue();
		assertThat(failure(() -> JacksonCodec.cbor().decode(hex("81" + payload), Object.class)).isMalformed()).isTrue();
	}

	@Test
	void checkingAllocatesNothingForWhatIsOnlyAnnounced() {
		JacksonCodec codec = JacksonCodec.cbor();
		assertThat(failure(() -> codec.check(hex("5a 7fffffff 00"))).isMalformed()).isTrue();
		assertThat(failure(() -> codec.check(hex("9a 7fffffff 00"))).isMalformed()).isTrue();
		codec.check(hex("a1 6161 83 01 02 03"));
	}

	@Test
	void acceptsAllFormsOfCbor() {
		JacksonCodec codec = JacksonCodec.cbor();
		assertThat(codec.<Object>decode(hex("9f 7f6161 6162ff 5f4101 4102ff bfff ff"), Object.class))
			.usingRecursiveComparison()
			.isEqualTo(List.of("ab", new byte[] { 1, 2 }, Map.of()));
		assertThat(codec.<Object>decode(hex("83 c1 1b0000000000000005 f7 f93c00"), Object.class))
			.isEqualTo(Arrays.asList(5L, null, 1.0));
	}

	@ParameterizedTest
	@ValueSource(strings = { "efbbbf7b7d", "feff007b007d", "fffe7b007d00", "007b007d", "7b007d00", "0000007b0000007d" })
	void refusesJsonThatIsNotUtf8(String payload) {
		assertThat(failure(() -> JacksonCodec.json().decode(hex(payload), Object.class)).isMalformed()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void aMapIsNothingElse(JacksonCodec codec) {
		for (Object other : Arrays.asList(null, 1, "x", List.of(Map.of()))) {
			CodecException failure = failure(() -> codec.decodeMap(codec.encode(other)));
			assertThat(failure.isMalformed()).isFalse();
			assertThat(failure).hasMessage("expected an object");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void anyBytesGiveAValueOrACodecException(JacksonCodec codec) {
		long seed = System.nanoTime();
		Random random = new Random(seed);
		byte[] valid = codec
			.encode(new Everything("text", 5L, 1.5, true, List.of(new Place("a", "b")), new byte[20],
					LocalDate.of(2026, 1, 31), Level.LOW))
			.toArray();
		List<Type> types = List.of(Everything.class, Map.class, Object.class, byte[].class, Counted.class);
		for (int i = 0; i < 20_000; i++) {
			byte[] bytes;
			if (random.nextInt(4) == 0) {
				bytes = new byte[1 + random.nextInt(40)];
				random.nextBytes(bytes);
			}
			else {
				bytes = Arrays.copyOf(valid, 1 + random.nextInt(valid.length));
				for (int change = random.nextInt(4); change >= 0; change--) {
					bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
				}
			}
			for (Type type : types) {
				try {
					codec.decode(Bytes.of(bytes), type);
				}
				catch (CodecException ex) {
					assertThat(ex.getMessage()).as("seed %d", seed).hasSizeLessThan(80).doesNotContain("java");
				}
				catch (RuntimeException ex) {
					throw new AssertionError("seed " + seed + ": " + new String(bytes, StandardCharsets.ISO_8859_1),
							ex);
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void cachesReadersOfABoundedNumberOfTypes(JacksonCodec codec) {
		List<Type> types = new ArrayList<>();
		Type type = String.class;
		for (int i = 0; i < 5; i++) {
			types.add(type);
			type = org.springframework.core.ResolvableType
				.forClassWithGenerics(List.class, org.springframework.core.ResolvableType.forType(type))
				.getType();
		}
		Object value = "x";
		for (Type nested : types) {
			for (int repetition = 0; repetition < 2; repetition++) {
				assertThat(codec.<Object>decode(codec.encode(value), nested)).isEqualTo(value);
			}
			value = List.of(value);
		}
	}

	record Reading(double temp) {

	}

	record Place(@Nullable String city, @Nullable String country) {

	}

	record Counted(int count) {

	}

	record Snake(Long longName) {

	}

	enum Level {

		LOW, HIGH

	}

	record Everything(String text, Long number, Double ratio, Boolean flag, List<Place> places, byte[] bytes,
			LocalDate day, Level level) {

	}

	record Picky(String value) {

		Picky {
			throw new IllegalArgumentException("the text " + value + " of an exception");
		}

	}

	public static final class Failing {

		public String getValue() {
			throw new IllegalStateException("internal");
		}

	}

}
