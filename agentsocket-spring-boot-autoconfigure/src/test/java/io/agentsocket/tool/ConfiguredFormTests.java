package io.agentsocket.tool;

import java.sql.Timestamp;
import java.text.SimpleDateFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Forms of values that the configuration of Jackson or a format chooses are published and
 * read.
 */
class ConfiguredFormTests {

	@Test
	void timesWithTheNameOfTheirZone() {
		JsonMapper mapper = JsonMapper.builder().enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID).build();
		List<Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Tools());
		Codec codec = JacksonCodec.json(mapper, 32);
		ZonedDateTime time = LocalDateTime.of(2026, 1, 31, 14, 30).atZone(ZoneId.of("Europe/Zurich"));
		Call call = Call.of(actions, "zoned").codec(codec).with("v", time);
		assertThat(call.value()).isEqualTo(time);
		Bytes sent = codec.encode(time);
		assertThat(codec.<Object>decode(sent, String.class)).isEqualTo("2026-01-31T14:30:00+01:00[Europe/Zurich]");
		assertThat(codec.<Object>decode(sent, Objects.requireNonNull(call.action().resultType()))).isEqualTo(time);
		assertThat(call.action().output()).isEqualTo(Map.of("type", "string"));
		assertThat(call.action().input()).containsEntry("properties", Map.of("v", Map.of("type", "string")));
		assertThat(Call.of(actions, "zoned").codec(codec).with("v", "tomorrow").broken()).hasSize(1)
			.allMatch((violation) -> violation.startsWith("/v"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "date", "calendar", "gregorian", "timestamp", "dates" })
	void datesInAFormatOfTheConfiguration(String name) {
		JsonMapper mapper = JsonMapper.builder()
			.defaultDateFormat(new SimpleDateFormat("yyyy-MM-dd HH:mm:ss", Locale.ENGLISH))
			.defaultTimeZone(TimeZone.getTimeZone("GMT+8"))
			.build();
		String fit = name.equals("dates") ? "{'list':['2026-01-31 14:30:00'],'own':'31.01.2026'}"
				: "'2026-01-31 14:30:00'";
		Action action = agrees(mapper, name, List.of(fit));
		if (name.equals("dates")) {
			assertThat(action.input().toString()).contains("examples=[2026-01-31 22:30:59]", "examples=[31.01.2026]");
			return;
		}
		Map<String, Object> schema = Map.of("type", "string", "examples", List.of("2026-01-31 22:30:59"));
		assertThat(action.input()).containsEntry("properties", Map.of("v", schema));
		assertThat(action.output()).isEqualTo(schema);
		for (Codec codec : codecs(mapper)) {
			for (String misfit : List.of("'2026-01-31T14:30:00Z'", "5", "''")) {
				assertThat(call(action, codec, misfit).broken()).as(misfit)
					.hasSize(1)
					.allMatch((violation) -> violation.startsWith("/v"));
			}
		}
	}

	static Stream<Arguments> timestamps() {
		return Stream.of(
				Arguments.of("localDate", List.of("'2026-01-31'", "[2026,1,31]"),
						List.of("5", "[2026.5,1,31]", "[]", "[2026]", "[2026,13,1]", "['2026',1,31]", "{}", "'x'")),
				Arguments.of("localTime", List.of("'14:30'", "[14,30]", "[14,30,1,5000]"), List.of("14", "[14,30.7]")),
				Arguments.of("localDateTime", List.of("'2026-01-31T14:30'", "[2026,1,31,14,30]"),
						List.of("5", "[2026,1,31,14,30,1,2,3]")),
				Arguments.of("offsetTime", List.of("'14:30:00Z'", "[14,30,'+02:00']"), List.of("5", "[14,30]")),
				Arguments.of("yearMonth", List.of("'2026-01'", "[2026,1]"), List.of("5", "[2026,0]")),
				Arguments.of("monthDay", List.of("'--01-31'"), List.of("[1,31]")),
				Arguments.of("period", List.of("'P1D'"), List.of("[1]", "1")),
				Arguments.of("duration", List.of("'PT1.5S'", "1.5", "90"), List.of("'5'", "[1]", "true")),
				Arguments.of("instant", List.of("'2026-01-31T14:30:00Z'", "1.5", "5"), List.of("'5'", "[5]", "1e300")),
				Arguments.of("date", List.of("'2026-01-31T14:30:00Z'", "5", "5.0"), List.of("'5'", "5.5", "[5]")),
				Arguments.of("times", List.of("{'list':[[2026,1,31]],'own':['31.01.2026'],'text':'2026-01-31'}"),
						List.of("{'list':[[2026,1,31]],'own':[[2026,1,31]],'text':'2026-01-31'}",
								"{'list':[],'own':[],'text':[2026,1,31]}")));
	}

	@ParameterizedTest
	@MethodSource("timestamps")
	void timesThatAreNoTexts(String name, List<String> fits, List<String> misfits) {
		JsonMapper mapper = JsonMapper.builder()
			.enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
			.build();
		Action action = agrees(mapper, name, fits);
		for (Codec codec : codecs(mapper)) {
			for (String misfit : misfits) {
				List<Violation> violations = call(action, codec, misfit).violations();
				assertThat(violations).as(misfit).isNotEmpty().allMatch((one) -> one.pointer().startsWith("/v"));
				if (errors(action.input(), arguments(misfit)).isEmpty()) {
					assertThat(violations.get(0).rule()).as(misfit).isIn("format", "range");
				}
			}
		}
	}

	/** Spring Boot has one property for writing and another for reading. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void durationsAndInstantsInMilliseconds(boolean both) {
		JsonMapper.Builder builder = JsonMapper.builder()
			.enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
			.disable(DateTimeFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS);
		if (both) {
			builder.disable(DateTimeFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS);
		}
		JsonMapper mapper = builder.build();
		Map<String, Object> values = Map.of("duration", Duration.ofMillis(1500), "instant", Instant.ofEpochMilli(1500),
				"zoned", Instant.ofEpochMilli(1500).atZone(ZoneOffset.UTC));
		for (String name : values.keySet()) {
			Action action = agrees(mapper, name, List.of("1500", "1500.0"));
			assertThat(action.output()).isEqualTo(Map.of("type", "integer"));
			for (Codec codec : codecs(mapper)) {
				assertThat(call(action, codec, "1500").value()).isEqualTo(values.get(name));
				assertThat(call(action, codec, "1.5").broken()).containsExactly("/v type");
			}
		}
	}

	/** Schemas, binding and results go together, in both codecs. */
	private static Action agrees(JsonMapper mapper, String name, List<String> fits) {
		List<Action> actions = AgentTools.builder()
			.mapper(mapper)
			.executor(Runnable::run)
			.build()
			.actionsOf(new Tools());
		Action action = Call.of(actions, name).action();
		for (Codec codec : codecs(mapper)) {
			for (String fit : fits) {
				assertThat(errors(action.input(), arguments(fit))).as(fit).isEmpty();
				Object value = call(action, codec, fit).value();
				Bytes sent = codec.encode(value, action.resultType());
				String written = JsonMapper.shared().writeValueAsString(codec.<Object>decode(sent, Object.class));
				assertThat(errors(action.output(), written)).as(written).isEmpty();
				Object read = codec.decode(sent, action.resultType());
				assertThat(read).isEqualTo(value);
			}
		}
		return action;
	}

	private static List<Codec> codecs(JsonMapper mapper) {
		return List.of(JacksonCodec.cbor(mapper, 32), JacksonCodec.json(mapper, 32));
	}

	private static Call call(Action action, Codec codec, String value) {
		return Call.of(List.of(action), action.name())
			.codec(codec)
			.withBytes(ValueChecks.bytes(codec, arguments(value)));
	}

	private static String arguments(String value) {
		return "{\"v\":" + value.replace('\'', '"') + "}";
	}

	private static List<?> errors(@Nullable Map<String, Object> schema, String json) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JsonMapper.shared().<JsonNode>valueToTree(schema))
			.validate(JsonMapper.shared().readTree(json),
					(context) -> context.executionConfig((config) -> config.formatAssertionsEnabled(true)));
	}

	/** They are written as numbers all the same. */
	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void numbersWithoutAFormOfTextComeBack(Codec codec) {
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		Shaped value = new Shaped(OptionalInt.of(1), OptionalLong.of(2), OptionalDouble.of(3.5), new AtomicLong(4),
				new AtomicInteger(5), List.of(new AtomicLong(6)), 7);
		Call call = Call.of(actions, "shaped").codec(codec).with("v", value);
		assertThat(call.value()).hasToString(value.toString());
		Bytes sent = codec.encode(value);
		assertThat(codec.<Shaped>decode(sent, Shaped.class)).hasToString(value.toString());
		JsonNode tree = JsonMapper.shared().valueToTree(codec.<Object>decode(sent, Object.class));
		assertThat(tree.toString()).contains("\"i\":1,", "\"list\":[6]", "\"text\":\"7\"");
		Object input = ((Map<?, ?>) call.action().input().get("properties")).get("v");
		for (Object schema : List.of(Objects.requireNonNull(call.action().output()), input)) {
			assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
				.getSchema(JsonMapper.shared().<JsonNode>valueToTree(schema))
				.validate(tree)).as("%s", schema).isEmpty();
		}
		assertThat(Call.of(actions, "shaped").codec(codec).with("v", Map.of("i", "1")).broken()).contains("/v/i type");
	}

	record Shaped(@JsonFormat(shape = JsonFormat.Shape.STRING) OptionalInt i,
			@JsonFormat(shape = JsonFormat.Shape.STRING) OptionalLong l,
			@JsonFormat(shape = JsonFormat.Shape.STRING) OptionalDouble d,
			@JsonFormat(shape = JsonFormat.Shape.STRING) AtomicLong al,
			@JsonFormat(shape = JsonFormat.Shape.STRING) AtomicInteger ai,
			@JsonFormat(shape = JsonFormat.Shape.STRING) List<AtomicLong> list,
			@JsonFormat(shape = JsonFormat.Shape.STRING) int text) {

	}

	record Dates(List<Date> list, @JsonFormat(pattern = "dd.MM.yyyy") Date own) {

	}

	record Times(List<LocalDate> list, @JsonFormat(pattern = "dd.MM.yyyy") List<LocalDate> own,
			@JsonFormat(shape = JsonFormat.Shape.STRING) LocalDate text) {

	}

	static class Tools {

		@AgentTool
		LocalDate localDate(@AgentParam("v") LocalDate value) {
			return value;
		}

		@AgentTool
		LocalTime localTime(@AgentParam("v") LocalTime value) {
			return value;
		}

		@AgentTool
		LocalDateTime localDateTime(@AgentParam("v") LocalDateTime value) {
			return value;
		}

		@AgentTool
		OffsetTime offsetTime(@AgentParam("v") OffsetTime value) {
			return value;
		}

		@AgentTool
		YearMonth yearMonth(@AgentParam("v") YearMonth value) {
			return value;
		}

		@AgentTool
		MonthDay monthDay(@AgentParam("v") MonthDay value) {
			return value;
		}

		@AgentTool
		Period period(@AgentParam("v") Period value) {
			return value;
		}

		@AgentTool
		Duration duration(@AgentParam("v") Duration value) {
			return value;
		}

		@AgentTool
		Instant instant(@AgentParam("v") Instant value) {
			return value;
		}

		@AgentTool
		Times times(@AgentParam("v") Times value) {
			return value;
		}

		@AgentTool
		Date date(@AgentParam("v") Date value) {
			return value;
		}

		@AgentTool
		Calendar calendar(@AgentParam("v") Calendar value) {
			return value;
		}

		@AgentTool
		GregorianCalendar gregorian(@AgentParam("v") GregorianCalendar value) {
			return value;
		}

		@AgentTool
		Timestamp timestamp(@AgentParam("v") Timestamp value) {
			return value;
		}

		@AgentTool
		Dates dates(@AgentParam("v") Dates value) {
			return value;
		}

		@AgentTool
		Shaped shaped(@AgentParam("v") Shaped value) {
			return value;
		}

		@AgentTool
		ZonedDateTime zoned(@AgentParam("v") ZonedDateTime value) {
			return value;
		}

	}

}
