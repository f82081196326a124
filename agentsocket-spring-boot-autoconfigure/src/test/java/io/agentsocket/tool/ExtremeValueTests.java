package io.agentsocket.tool;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.Currency;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.tool.schema.DataModel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values at the ends of what their types can express, alone and as keys, elements and
 * components: each is either not sent at all, or fits its schema, is accepted as an
 * argument and is the same on the other side.
 */
class ExtremeValueTests {

	private static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxNameLength(100_000).build())
			.build())
		.enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	/** Texts that a peer of another language may mangle. */
	private static final String[] TEXTS = { "", " ", "\u0000", "a\u0000b", "\u001f\u007f\u0080", "\ud83d\ude00",
			"\ud800\udc00\udbff\udfff", "\ufeff", "\uffff", "\u2028\u2029", "\"\\/\b\f\n\r\t", "e\u0301", "a/b~c~0",
			"l".repeat(95), "l".repeat(96), "\u00e4".repeat(48), "\ud83d\ude00".repeat(24), "x".repeat(70_000) };

	/** The tools of all types. */
	static class Tools {

		// @formatter:off
		@AgentTool LocalDate localDate(@AgentParam("v") LocalDate v) { return v; }
		@AgentTool LocalTime localTime(@AgentParam("v") LocalTime v) { return v; }
		@AgentTool LocalDateTime localDateTime(@AgentParam("v") LocalDateTime v) { return v; }
		@AgentTool Instant instant(@AgentParam("v") Instant v) { return v; }
		@AgentTool OffsetDateTime offsetDateTime(@AgentParam("v") OffsetDateTime v) { return v; }
		@AgentTool OffsetTime offsetTime(@AgentParam("v") OffsetTime v) { return v; }
		@AgentTool ZonedDateTime zonedDateTime(@AgentParam("v") ZonedDateTime v) { return v; }
		@AgentTool Duration duration(@AgentParam("v") Duration v) { return v; }
		@AgentTool Period period(@AgentParam("v") Period v) { return v; }
		@AgentTool Year year(@AgentParam("v") Year v) { return v; }
		@AgentTool YearMonth yearMonth(@AgentParam("v") YearMonth v) { return v; }
		@AgentTool MonthDay monthDay(@AgentParam("v") MonthDay v) { return v; }
		@AgentTool Month month(@AgentParam("v") Month v) { return v; }
		@AgentTool DayOfWeek dayOfWeek(@AgentParam("v") DayOfWeek v) { return v; }
		@AgentTool ZoneId zoneId(@AgentParam("v") ZoneId v) { return v; }
		@AgentTool ZoneOffset zoneOffset(@AgentParam("v") ZoneOffset v) { return v; }
		@AgentTool Date date(@AgentParam("v") Date v) { return v; }
		@AgentTool Calendar calendar(@AgentParam("v") Calendar v) { return v; }
		@AgentTool BigDecimal bigDecimal(@AgentParam("v") BigDecimal v) { return v; }
		@AgentTool BigInteger bigInteger(@AgentParam("v") BigInteger v) { return v; }
		@AgentTool double doubleValue(@AgentParam("v") double v) { return v; }
		@AgentTool Double boxedDouble(@AgentParam("v") Double v) { return v; }
		@AgentTool float floatValue(@AgentParam("v") float v) { return v; }
		@AgentTool Float boxedFloat(@AgentParam("v") Float v) { return v; }
		@AgentTool long longValue(@AgentParam("v") long v) { return v; }
		@AgentTool int intValue(@AgentParam("v") int v) { return v; }
		@AgentTool Short shortValue(@AgentParam("v") Short v) { return v; }
		@AgentTool Byte byteValue(@AgentParam("v") Byte v) { return v; }
		@AgentTool char charValue(@AgentParam("v") char v) { return v; }
		@AgentTool String text(@AgentParam("v") String v) { return v; }
		@AgentTool UUID uuid(@AgentParam("v") UUID v) { return v; }
		@AgentTool URI uri(@AgentParam("v") URI v) { return v; }
		@AgentTool Locale locale(@AgentParam("v") Locale v) { return v; }
		@AgentTool Currency currency(@AgentParam("v") Currency v) { return v; }
		@AgentTool TimeZone timeZone(@AgentParam("v") TimeZone v) { return v; }
		@AgentTool OptionalInt optionalInt(@AgentParam("v") OptionalInt v) { return v; }
		@AgentTool OptionalLong optionalLong(@AgentParam("v") OptionalLong v) { return v; }
		@AgentTool OptionalDouble optionalDouble(@AgentParam("v") OptionalDouble v) { return v; }
		@AgentTool float[] floats(@AgentParam("v") float[] v) { return v; }
		@AgentTool double[] doubles(@AgentParam("v") double[] v) { return v; }
		@AgentTool long[] longs(@AgentParam("v") long[] v) { return v; }
		@AgentTool Map<String, String> texts(@AgentParam("v") Map<String, String> v) { return v; }
		@AgentTool Map<OffsetDateTime, String> times(@AgentParam("v") Map<OffsetDateTime, String> v) { return v; }
		@AgentTool Map<LocalDate, String> days(@AgentParam("v") Map<LocalDate, String> v) { return v; }
		// @formatter:on

	}

	private static final List<Action> ACTIONS = AgentTools.builder().build().actionsOf(new Tools());

	static Stream<Arguments> values() {
		ZoneOffset low = ZoneOffset.MIN;
		ZoneOffset high = ZoneOffset.MAX;
		GregorianCalendar late = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
		late.setTimeInMillis(Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli());
		return Stream.of(
				of("localDate", LocalDate.MIN, LocalDate.MAX, LocalDate.of(0, 1, 1), LocalDate.of(-1, 12, 31),
						LocalDate.of(9999, 12, 31), LocalDate.of(10_000, 1, 1), LocalDate.of(2024, 2, 29)),
				of("localTime", LocalTime.MIN, LocalTime.MAX, LocalTime.of(12, 0, 0, 1), LocalTime.of(23, 59)),
				of("localDateTime", LocalDateTime.MIN, LocalDateTime.MAX, LocalDateTime.of(0, 1, 1, 0, 0),
						LocalDateTime.of(9999, 12, 31, 23, 59, 59, 999_999_999)),
				of("instant", Instant.MIN, Instant.MAX, Instant.EPOCH, Instant.parse("0000-01-01T00:00:00Z"),
						Instant.parse("9999-12-31T23:59:59.999999999Z"), Instant.ofEpochSecond(-1, 1)),
				of("offsetDateTime", OffsetDateTime.MIN, OffsetDateTime.MAX,
						OffsetDateTime.of(2026, 1, 31, 0, 0, 0, 1, ZoneOffset.UTC),
						OffsetDateTime.of(9999, 12, 31, 23, 59, 59, 0, ZoneOffset.UTC)),
				of("offsetTime", OffsetTime.MIN, OffsetTime.MAX, OffsetTime.of(1, 2, 3, 4, ZoneOffset.UTC),
						OffsetTime.of(1, 2, 3, 4, ZoneOffset.ofHoursMinutesSeconds(1, 2, 3))),
				of("zonedDateTime", LocalDateTime.MIN.atZone(ZoneOffset.UTC), LocalDateTime.MAX.atZone(ZoneOffset.UTC),
						LocalDateTime.of(2026, 1, 31, 14, 30).atZone(ZoneOffset.UTC)),
				of("duration", Duration.ZERO, Duration.ofSeconds(Long.MIN_VALUE),
						Duration.ofSeconds(Long.MAX_VALUE, 999_999_999), Duration.ofNanos(-1), Duration.ofNanos(1)),
				of("period", Period.ZERO, Period.of(Integer.MIN_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE),
						Period.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE), Period.ofWeeks(3)),
				of("year", Year.of(Year.MIN_VALUE), Year.of(Year.MAX_VALUE), Year.of(0), Year.of(-1)),
				of("yearMonth", YearMonth.of(Year.MIN_VALUE, 1), YearMonth.of(Year.MAX_VALUE, 12), YearMonth.of(0, 1),
						YearMonth.of(-5, 1), YearMonth.of(9999, 12), YearMonth.of(10_000, 1)),
				of("monthDay", MonthDay.of(1, 1), MonthDay.of(2, 29), MonthDay.of(12, 31)),
				of("month", (Object[]) Month.values()), of("dayOfWeek", (Object[]) DayOfWeek.values()),
				of("zoneId", ZoneId.of("Europe/Zurich"), ZoneOffset.UTC, low, high, ZoneId.of("UTC+01:30")),
				of("zoneOffset", ZoneOffset.UTC, low, high, ZoneOffset.ofHoursMinutesSeconds(1, 2, 3)),
				of("date", new Date(0), new Date(Long.MIN_VALUE), new Date(Long.MAX_VALUE), new Date(253402300799999L),
						new Date(253402300800000L), new Date(-62167219200000L), new Date(-62167219200001L)),
				of("calendar", late),
				of("bigDecimal", BigDecimal.ZERO, new BigDecimal("0E+10"), new BigDecimal("1E+1000"),
						new BigDecimal("1E-1000"), new BigDecimal("-1E+2147483647"), new BigDecimal("1E-2147483647"),
						new BigDecimal("0.1"), new BigDecimal("9".repeat(999) + ".5"), new BigDecimal("9".repeat(2000)),
						new BigDecimal(Double.MIN_VALUE), new BigDecimal("1.10"), new BigDecimal("1E+5")),
				of("bigInteger", BigInteger.ZERO, BigInteger.ONE.shiftLeft(63), BigInteger.ONE.shiftLeft(63).negate(),
						BigInteger.ONE.shiftLeft(64), BigInteger.ONE.shiftLeft(64).negate(),
						BigInteger.ONE.shiftLeft(64).not(), BigInteger.ONE.shiftLeft(3000),
						BigInteger.ONE.shiftLeft(300_000)),
				of("doubleValue", -0.0, 0.0, Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE, -Double.MAX_VALUE,
						0x1p53, 0x1p53 + 2, 0x1p63, 0x1p64, 1e22, 1e23, 0.1 + 0.2, Double.NaN,
						Double.POSITIVE_INFINITY),
				of("boxedDouble", -0.0, Double.MIN_VALUE, 1.0, Double.NEGATIVE_INFINITY),
				of("floatValue", -0f, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, 0.1f, 16_777_216f, Float.NaN),
				of("boxedFloat", Float.MIN_VALUE, Float.MAX_VALUE, 1f, Float.NEGATIVE_INFINITY),
				of("longValue", Long.MIN_VALUE, Long.MAX_VALUE, 1L << 53, (1L << 53) + 1, 1L << 32, -1L << 32),
				of("intValue", Integer.MIN_VALUE, Integer.MAX_VALUE, 23, 24, 255, 256, 65_535, 65_536, -24, -25),
				of("shortValue", Short.MIN_VALUE, Short.MAX_VALUE), of("byteValue", Byte.MIN_VALUE, Byte.MAX_VALUE),
				of("charValue", 'a', '\u0000', '\uffff', ' ', '\ud800', '\udfff'), of("text", (Object[]) TEXTS),
				of("text", "\ud800", "a\udc00", "\udc00\ud800"),
				of("uuid", new UUID(0, 0), new UUID(-1, -1), new UUID(Long.MIN_VALUE, Long.MAX_VALUE)),
				of("uri", URI.create(""), URI.create("#x"), URI.create("mailto:a@b.c"),
						URI.create("http://\u00e4.example/"), URI.create("http://[::1]:80/%20?q=%25")),
				of("locale", Locale.ROOT, Locale.GERMANY, Locale.forLanguageTag("zh-Hant-TW"),
						Locale.forLanguageTag("de-CH-1996")),
				of("currency", Currency.getInstance("CHF")), of("timeZone", TimeZone.getTimeZone("UTC")),
				of("optionalInt", OptionalInt.empty(), OptionalInt.of(Integer.MIN_VALUE)),
				of("optionalLong", OptionalLong.empty(), OptionalLong.of(Long.MAX_VALUE)),
				of("optionalDouble", OptionalDouble.empty(), OptionalDouble.of(-0.0), OptionalDouble.of(Double.NaN)),
				of("floats", new float[] { -0f, Float.MAX_VALUE, Float.MIN_VALUE }, new float[] { Float.NaN }),
				of("doubles", new double[] { Double.MIN_VALUE, 1e23 }, new double[] { Double.NEGATIVE_INFINITY }),
				of("longs", new long[] { Long.MIN_VALUE, Long.MAX_VALUE }, new long[0]),
				of("texts", Stream.of(TEXTS).collect(java.util.stream.Collectors.toMap((text) -> text, (text) -> text)),
						Map.of("\ud800", "x")),
				of("times", Map.of(OffsetDateTime.of(2026, 1, 31, 14, 30, 0, 0, ZoneOffset.UTC), "x"),
						Map.of(OffsetDateTime.of(2026, 1, 31, 14, 30, 1, 5, ZoneOffset.ofHours(-3)), "y"),
						Map.of(OffsetDateTime.MAX, "z")),
				of("days", Map.of(LocalDate.EPOCH, "x"), Map.of(LocalDate.MAX, "y")))
			.flatMap((all) -> all);
	}

	private static Stream<Arguments> of(String name, Object... values) {
		return Stream.of(values)
			.flatMap((value) -> Call.codecs().stream().map((codec) -> Arguments.of(name, value, codec)));
	}

	@ParameterizedTest(name = "{0} [{index}] {2}")
	@MethodSource("values")
	void isNotSentOrIsTheSameOnTheOtherSide(String name, Object value, Codec codec)
			throws ReflectiveOperationException {
		Action action = Call.of(ACTIONS, name).action();
		java.lang.reflect.Type type = Objects.requireNonNull(action.resultType());
		Bytes sent;
		try {
			sent = codec.encode(value, type);
		}
		catch (CodecException ex) {
			assertThat(isExpressible(value)).as("%s is expressible, and not sent", value).isFalse();
			return;
		}
		JsonNode tree = DataModel.of(codec.name().equals("json") ? JSON.readTree(sent.toArray())
				: JSON.<JsonNode>valueToTree(codec.decode(sent, Object.class)));
		assertThat(schema(action.output()).validate(tree,
				(context) -> context.executionConfig((config) -> config.formatAssertionsEnabled(true))))
			.as("%s as a result: %.100s", value, tree)
			.isEmpty();
		Object read = codec.decode(sent, type);
		assertThat(same(value, read)).as("%s is read as %s", value, read).isTrue();
		Object bound = Call.of(ACTIONS, name).codec(codec).with("v", value).value();
		assertThat(same(value, bound)).as("%s is bound as %s", value, bound).isTrue();
	}

	private static com.networknt.schema.Schema schema(@Nullable Map<String, Object> schema) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(schema));
	}

	/** Whether there is a way to send it, which the schema describes. */
	private static boolean isExpressible(Object value) {
		if (value instanceof Double || value instanceof Float || value instanceof OptionalDouble
				|| value instanceof double[] || value instanceof float[]) {
			return !value.toString().matches(".*(NaN|Infinity).*") && !(value.getClass().isArray());
		}
		String text = value.toString();
		return StandardCharsets.UTF_8.newEncoder().canEncode(text) && !(value instanceof Date)
				&& !text.matches("(?s)^\\{?[+-]\\d.*|\\d{5,}-\\d\\d|.*[+-]\\d\\d:\\d\\d:\\d\\d$")
				&& !text.contains("E+2147483647") && !text.contains("E-2147483647") && text.length() < 1000;
	}

	private static boolean same(@Nullable Object one, @Nullable Object other) {
		if (one instanceof BigDecimal number && other instanceof BigDecimal another) {
			return number.compareTo(another) == 0;
		}
		if (one instanceof Calendar calendar && other instanceof Calendar another) {
			return calendar.getTimeInMillis() == another.getTimeInMillis();
		}
		if (one instanceof URI uri && other instanceof URI another) {
			return uri.toASCIIString().equals(another.toString());
		}
		if (one != null && one.getClass().isArray() && other != null) {
			int length = Array.getLength(one);
			boolean same = length == Array.getLength(other);
			for (int i = 0; same && i < length; i++) {
				same = Array.get(one, i).equals(Array.get(other, i));
			}
			return same;
		}
		return Objects.equals(one, other);
	}

}
