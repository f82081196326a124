package io.agentsocket.codec;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Values whose form on the wire is easily got wrong: by their class instead of their
 * type, with keys that are no texts, with numbers and texts that JSON does not have.
 */
class WireValueTests {

	private static final ParameterizedTypeReference<List<Shape>> SHAPES = new ParameterizedTypeReference<>() {
	};

	private static final ParameterizedTypeReference<Map<String, Optional<Shape>>> SHAPE_MAP = new ParameterizedTypeReference<>() {
	};

	private static final ParameterizedTypeReference<Page<Shape>> PAGE = new ParameterizedTypeReference<>() {
	};

	private static final List<Shape> VALUES = List.of(new Circle(1), new Square(2));

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void elementsAreWrittenAsDeclared(JacksonCodec codec) {
		assertThat(codec.<Object>decode(codec.encode(VALUES, SHAPES.getType()), SHAPES.getType())).isEqualTo(VALUES);
		Map<String, Optional<Shape>> map = Map.of("a", Optional.of(new Circle(1)), "b", Optional.empty());
		assertThat(codec.<Object>decode(codec.encode(map, SHAPE_MAP.getType()), SHAPE_MAP.getType())).isEqualTo(map);
		Shape[] array = VALUES.toArray(Shape[]::new);
		assertThat(codec.<Shape[]>decode(codec.encode(array, Shape[].class), Shape[].class)).isEqualTo(array);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void typeParametersAreWrittenAsDeclared(JacksonCodec codec) {
		Page<Shape> page = new Page<>(VALUES, new Circle(3));
		assertThat(codec.<Object>decode(codec.encode(page, PAGE.getType()), PAGE.getType())).isEqualTo(page);
		Bytes larger = codec.encode(new LargerPage<>(VALUES, new Circle(3), 7),
				new ParameterizedTypeReference<Paged<Shape>>() {
				}.getType());
		assertThat(codec.decodeMap(larger).toString()).contains("kind=circle", "kind=square", "size=7");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void subclassesKeepWhatTheyAdd(JacksonCodec codec) {
		assertThat(codec.decodeMap(codec.encode(new Named("x"), Object.class))).isEqualTo(Map.of("name", "x"));
		assertThat(codec.decodeMap(codec.encode(new Named("x"), Anything.class))).isEqualTo(Map.of("name", "x"));
		assertThat(codec.decodeMap(codec.encode(new Circle(1), Circle.class))).containsEntry("kind", "circle");
		assertThat(codec.<Object>decode(codec.encode(null, Circle.class), Circle.class)).isNull();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void timesKeepTheirOffset(JacksonCodec codec) {
		for (ZoneOffset offset : List.of(ZoneOffset.UTC, ZoneOffset.ofHours(2), ZoneOffset.ofHoursMinutes(-3, -30))) {
			OffsetDateTime time = OffsetDateTime.of(2026, 1, 31, 14, 30, 0, 5, offset);
			assertThat(codec.<Object>decode(codec.encode(time), OffsetDateTime.class)).isEqualTo(time);
			ZonedDateTime zoned = time.toZonedDateTime();
			assertThat(codec.<Object>decode(codec.encode(zoned), ZonedDateTime.class)).isEqualTo(zoned);
		}
	}

	@Test
	void timesHaveTheTimeZoneThatAnApplicationSets() {
		JsonMapper mapper = JsonMapper.builder().defaultTimeZone(TimeZone.getTimeZone("Europe/Berlin")).build();
		JsonMapper asSent = mapper.rebuild().disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE).build();
		String sent = "2020-01-01T23:30:00Z";
		for (JacksonCodec codec : List.of(JacksonCodec.json(mapper, 32), JacksonCodec.cbor(mapper, 32))) {
			assertThat(codec.<Object>decode(codec.encode(sent), OffsetDateTime.class))
				.isEqualTo(OffsetDateTime.parse("2020-01-02T00:30:00+01:00"));
		}
		for (JacksonCodec codec : List.of(JacksonCodec.json(asSent, 32), JacksonCodec.cbor(asSent, 32))) {
			assertThat(codec.<Object>decode(codec.encode(sent), OffsetDateTime.class))
				.isEqualTo(OffsetDateTime.parse(sent));
		}
	}

	@Test
	void anApplicationMayAdjustTimes() {
		JacksonCodec codec = JacksonCodec
			.json(JsonMapper.builder().enable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE).build(), 32);
		assertThat(codec.<Object>decode(Bytes.utf8("\"2026-01-31T14:30:00+02:00\""), OffsetDateTime.class))
			.isEqualTo(OffsetDateTime.parse("2026-01-31T12:30:00Z"));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void elementsThatNobodyDeclaredAreWrittenAsAlone(JacksonCodec codec) {
		Map<String, Object> payload = new LinkedHashMap<>();
		payload.put("list", new ArrayList<>(VALUES));
		payload.put("array", new Object[] { new Circle(1), new Square(2) });
		payload.put("optional", Optional.of(new Circle(1)));
		payload.put("map", Map.of("x", new Circle(1)));
		payload.put("null", null);
		payload.put("text", "x");
		String read = codec.decodeMap(codec.encode(payload)).toString();
		assertThat(read).isEqualTo("{list=[{kind=circle, radius=1.0}, {kind=square, side=2.0}], "
				+ "array=[{kind=circle, radius=1.0}, {kind=square, side=2.0}], optional={kind=circle, radius=1.0}, "
				+ "map={x={kind=circle, radius=1.0}}, null=null, text=x}");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void keysAreTexts(JacksonCodec codec) {
		UUID uuid = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");
		Keys keys = new Keys(Map.of(1, "a"), Map.of(-5_000_000_000L, "b"), Map.of((short) 3, "c"), Map.of(1.5, "d"),
				Map.of(true, "e"), Map.of(LocalDate.of(2026, 1, 31), "f"), Map.of(uuid, "g"), Map.of('x', "h"),
				Map.of(Level.HIGH, "i"));
		assertThat(codec.<Keys>decode(codec.encode(keys), Keys.class)).isEqualTo(keys);
		assertThat(codec.decodeMap(codec.encode(keys)).toString()).contains("{1=a}", "{-5000000000=b}");
		assertThat(codec.decodeMap(codec.encode(Map.of(7, Map.of(8, 9))))).isEqualTo(Map.of("7", Map.of("8", 9)));
	}

	@Test
	void tagsBeforeKeysAreIgnored() {
		assertThat(JacksonCodec.cbor().decodeMap(hex("a1c0646369747964526f6d65"))).isEqualTo(Map.of("city", "Rome"));
		assertThat(JacksonCodec.cbor().<Place>decode(hex("bfd9d9f7c0646369747964526f6d65ff"), Place.class))
			.isEqualTo(new Place("Rome"));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersThatAreNotFiniteAreNotWritten(JacksonCodec codec) {
		for (Object value : Arrays.asList(Double.NaN, Double.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY,
				new double[] { 1, Double.NaN }, new float[] { Float.NaN }, Map.of("x", Double.NaN),
				List.of(Float.NaN))) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.encode(value))
				.withMessage("the value cannot be written");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "f97e00", "f97c00", "f9fc00", "fa7fc00000", "faff800000", "fb7ff8000000000000",
			"fb7ff0000000000000", "81f97e00", "a16161f97e00" })
	void numbersThatAreNotFiniteAreNotRead(String hex) {
		for (Class<?> type : List.of(Object.class, double.class, List.class)) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> JacksonCodec.cbor().decode(hex(hex), type))
				.withMessage("a number that is not finite")
				.matches(CodecException::isMalformed);
		}
	}

	@Test
	void theLargestNumbersAreRead() {
		for (Object value : List.of(Double.MAX_VALUE, Float.MAX_VALUE, Double.MIN_VALUE, 65504.0)) {
			for (JacksonCodec codec : codecs().toList()) {
				assertThat(codec.<Object>decode(codec.encode(value), value.getClass())).isEqualTo(value);
			}
		}
	}

	@Test
	void numbersDoNotBecomeInfinite() {
		for (Class<?> type : List.of(double.class, Double.class, float.class, Float.class, double[].class, Object.class,
				tools.jackson.databind.JsonNode.class)) {
			String value = type.isArray() ? "[1e400]" : "1e400";
			assertThatExceptionOfType(CodecException.class).as(type.getName())
				.isThrownBy(() -> JacksonCodec.json().decode(Bytes.utf8(value), type))
				.matches((ex) -> !ex.isMalformed());
		}
		for (JacksonCodec codec : codecs().toList()) {
			for (Class<?> type : List.of(float.class, Float.class, float[].class)) {
				Object value = type.isArray() ? List.of(1e300) : 1e300;
				assertThatExceptionOfType(CodecException.class).as(type.getName())
					.isThrownBy(() -> codec.decode(codec.encode(value), type))
					.matches((ex) -> !ex.isMalformed());
			}
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void halvesOfPairsAreNotWritten(JacksonCodec codec) {
		String filler = "x".repeat(100);
		for (String text : List.of("\uD83D", "\uDE00", "\uDE00\uD83D", "a\uD83Db", filler + "\uD83D")) {
			for (Object value : List.of(text, List.of(text), Map.of("x", text), Map.of(text, 1), new Place(text),
					text.charAt(text.length() - 1))) {
				if (value.equals('b')) {
					continue;
				}
				assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.encode(value))
					.withMessage("the value cannot be written");
			}
		}
		assertThat(codec.<String>decode(codec.encode("\uD83D\uDE00"), String.class)).isEqualTo("\uD83D\uDE00");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\ud83d\"",
			"{\"\\uDE00\":1}", "[\"x\\\\\\ud83d\"]" })
	void halvesOfPairsAreNotRead(String json) {
		assertThatExceptionOfType(CodecException.class)
			.isThrownBy(() -> JacksonCodec.json().decode(Bytes.utf8(json), Object.class))
			.withMessage("half of a surrogate pair")
			.matches(CodecException::isMalformed);
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> JacksonCodec.json().verify(Bytes.utf8(json)))
			.withMessage("half of a surrogate pair");
	}

	@Test
	void escapesAreRead() {
		assertThat(
				JacksonCodec.json().<Object>decode(Bytes.utf8("\"\\uD83D\\uDE00\\u00e9\\\\ud83d\\n\""), Object.class))
			.isEqualTo("\uD83D\uDE00é\\ud83d\n");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersOfNoDeclaredTypeAreTheSameInBothCodecs(JacksonCodec codec) {
		Map<String, Object> map = Map.of("half", 0.5, "third", 1 / 3.0, "one", 1, "large", 1L << 40, "list",
				List.of(0.25, 1e300));
		assertThat(codec.<Map<?, ?>>decode(codec.encode(map), Map.class)).isEqualTo(map);
		assertThat(codec.<Object>decode(codec.encode(map), Object.class)).isEqualTo(map);
		assertThat(codec.<Number>decode(codec.encode(0.5), Number.class)).isEqualTo(0.5);
	}

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex));
	}

	enum Level {

		LOW, HIGH

	}

	record Keys(Map<Integer, String> ints, Map<Long, String> longs, Map<Short, String> shorts,
			Map<Double, String> doubles, Map<Boolean, String> booleans, Map<LocalDate, String> days,
			Map<UUID, String> uuids, Map<Character, String> characters, Map<Level, String> levels) {

	}

	record Place(@Nullable String city) {

	}

	interface Anything {

	}

	record Named(String name) implements Anything {

	}

	interface Paged<T> {

		List<T> items();

	}

	record Page<T>(List<T> items, T first) {

	}

	record LargerPage<T>(List<T> items, T first, int size) implements Paged<T> {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, name = "circle"),
			@JsonSubTypes.Type(value = Square.class, name = "square") })
	sealed interface Shape {

	}

	record Circle(double radius) implements Shape {

	}

	record Square(double side) implements Shape {

	}

}
