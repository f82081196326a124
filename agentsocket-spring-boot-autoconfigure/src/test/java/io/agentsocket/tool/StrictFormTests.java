package io.agentsocket.tool;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Currency;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values of the JDK's types are read from the form in which they are written, and from no
 * other that Jackson knows.
 */
class StrictFormTests {

	private final List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());

	enum Level {

		LOW, HIGH

	}

	enum Code {

		A, B;

		@JsonValue
		int code() {
			return 10 * ordinal() + 7;
		}

	}

	@JsonFormat(shape = JsonFormat.Shape.NUMBER)
	enum Position {

		FIRST, SECOND

	}

	static class Tools {

		// @formatter:off
		@AgentTool Level level(@AgentParam("v") Level v) { return v; }
		@AgentTool Code code(@AgentParam("v") Code v) { return v; }
		@AgentTool Position position(@AgentParam("v") Position v) { return v; }
		@AgentTool Month month(@AgentParam("v") Month v) { return v; }
		@AgentTool LocalDate date(@AgentParam("v") LocalDate v) { return v; }
		@AgentTool LocalTime time(@AgentParam("v") LocalTime v) { return v; }
		@AgentTool LocalDateTime dateTime(@AgentParam("v") LocalDateTime v) { return v; }
		@AgentTool Instant instant(@AgentParam("v") Instant v) { return v; }
		@AgentTool OffsetDateTime offset(@AgentParam("v") OffsetDateTime v) { return v; }
		@AgentTool Duration duration(@AgentParam("v") Duration v) { return v; }
		@AgentTool Period period(@AgentParam("v") Period v) { return v; }
		@AgentTool Year year(@AgentParam("v") Year v) { return v; }
		@AgentTool YearMonth yearMonth(@AgentParam("v") YearMonth v) { return v; }
		@AgentTool Date oldDate(@AgentParam("v") Date v) { return v; }
		@AgentTool UUID uuid(@AgentParam("v") UUID v) { return v; }
		@AgentTool ZoneId zone(@AgentParam("v") ZoneId v) { return v; }
		@AgentTool Currency currency(@AgentParam("v") Currency v) { return v; }
		@AgentTool char character(@AgentParam("v") char v) { return v; }
		@AgentTool String bytes(@AgentParam("v") byte[] v) { return "" + v.length; }
		@AgentTool String buffer(@AgentParam("v") ByteBuffer v) { return "" + v.remaining(); }
		@AgentTool char[] characters(@AgentParam("v") char[] v) { return v; }
		@AgentTool Boolean flag(@AgentParam("v") Boolean v) { return v; }
		@AgentTool boolean[] flags(@AgentParam("v") boolean[] v) { return v; }
		@AgentTool String def(@AgentParam(value = "v", required = false, defaultValue = "7") Integer v) { return "" + v; }
		@AgentTool String maybe(@AgentParam(value = "v", defaultValue = "7") Optional<Integer> v) { return "" + v; }
		@AgentTool String nullable(@AgentParam("v") @Nullable Integer v) { return "" + v; }
		// @formatter:on

	}

	private static Stream<Arguments> of(String name, String fits, String... misfits) {
		return Call.codecs().stream().map((codec) -> Arguments.of(name, fits, List.of(misfits), codec));
	}

	static Stream<Arguments> forms() {
		return Stream
			.of(of("level", "'LOW'", "0", "'0'", "1.5", "true", "' LOW'", "'LOW '", "'LOW\\u0000'", "'low'", "''", "[]",
					"['LOW']", "{}"), of("code", "17", "'17'", "true", "1", "1.5", "'B'", "17.5", "''", "[17]"),
					of("position", "1", "'1'", "'SECOND'", "2", "-1", "1.5", "true", "''"),
					of("month", "1", "'JANUARY'", "'1'", "0", "13", "1.5", "''", "[1]"),
					of("date", "'2026-01-31'", "20484", "[2026,1,31]", "'2026-1-31'", "'2026-01-31T00:00:00Z'", "''",
							"' 2026-01-31'", "'+12026-01-31'", "'2026-02-30'", "true"),
					of("time", "'14:30:00'", "[14,30]", "52200", "'14:30:00Z'", "'2 pm'", "''"),
					of("dateTime", "'2026-01-31T14:30:00'", "[2026,1,31,14,30]", "'2026-01-31 14:30:00'",
							"'2026-01-31T14:30:00Z'", "''"),
					of("instant", "'2026-01-31T14:30:00Z'", "1769869800", "1769869800.5", "'1769869800'",
							"'2026-01-31T14:30:00'", "''"),
					of("offset", "'2026-01-31T14:30:00Z'", "1769869800", "'2026-01-31T14:30Z'", "''"),
					of("duration", "'PT1H30M'", "5400", "5400.5", "'5400'", "'1h30m'", "''"),
					of("period", "'P1Y2M3D'", "5", "'P1Y2H'", "''"),
					of("year", "2026", "'2026'", "2026.5", "2000000000", "[2026]"),
					of("yearMonth", "'2026-01'", "[2026,1]", "202601", "'2026-1'", "''"),
					of("oldDate", "'2026-01-31T14:30:00Z'", "1769869800000", "'2026-01-31'", "''"),
					of("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "5", "'123e4567e89b12d3a456426614174000'",
							"''", "'123e4567-e89b-12d3-a456-42661417400g'"),
					of("zone", "'Europe/Zurich'", "5", "''", "'Nowhere'", "' '"),
					of("currency", "'CHF'", "756", "''", "'ABCD'", "' '"), of("character", "'a'", "97", "'ab'", "''"),
					of("bytes", "'AQI='", "[1,2]", "5", "'A'", "true"), of("buffer", "'AQI='", "[1,2]", "5"),
					of("characters", "'ab'", "['a','b']", "[97]", "5"),
					of("flag", "true", "1", "0", "'true'", "''", "' '", "'\\u0000'", "[true]"),
					of("flags", "[true,false]", "[1]", "['true']", "['']", "[null]", "true", "''"),
					of("def", "8", "null", "'8'"), of("maybe", "8", "null"), of("nullable", "null", "'8'", "''"))
			.flatMap((all) -> all);
	}

	@ParameterizedTest(name = "{0} {3}")
	@MethodSource("forms")
	void isReadFromItsOwnFormAlone(String name, String fits, List<String> misfits, Codec codec) {
		assertThat(call(name, fits, codec).value()).isNotNull();
		for (String misfit : misfits) {
			assertThat(call(name, misfit, codec).broken()).as(misfit)
				.isNotEmpty()
				.allMatch((violation) -> violation.startsWith("/v"));
		}
	}

	private Call call(String name, String json, Codec codec) {
		return Call.of(this.actions, name)
			.codec(codec)
			.withBytes(ValueChecks.bytes(codec, "{\"v\":" + json.replace('\'', '"') + "}"));
	}

	@ParameterizedTest
	@MethodSource("forms")
	void misfitsBreakTheSchemaOrAFormat(String name, String fits, List<String> misfits, Codec codec) {
		Map<String, Object> input = call(name, fits, codec).action().input();
		assertThat(input).containsKey("properties");
		for (String misfit : misfits) {
			assertThat(call(name, misfit, codec).broken()).as(misfit)
				.noneMatch((violation) -> violation.endsWith(" value"));
		}
	}

}
