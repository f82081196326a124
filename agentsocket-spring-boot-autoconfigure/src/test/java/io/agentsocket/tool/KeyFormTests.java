package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.Month;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Keys of maps are read from the form in which they are written, as values are.
 */
class KeyFormTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	enum Grade {

		GOOD,

		@JsonProperty("so-so")
		@JsonAlias("fair")
		MIDDLING

	}

	static class Tools {

		// @formatter:off
		@AgentTool Map<Integer, Integer> ints(@AgentParam("v") Map<Integer, Integer> v) { return v; }
		@AgentTool Map<Long, Integer> longs(@AgentParam("v") Map<Long, Integer> v) { return v; }
		@AgentTool Map<Short, Integer> shorts(@AgentParam("v") Map<Short, Integer> v) { return v; }
		@AgentTool Map<Byte, Integer> bytes(@AgentParam("v") Map<Byte, Integer> v) { return v; }
		@AgentTool Map<Double, Integer> doubles(@AgentParam("v") Map<Double, Integer> v) { return v; }
		@AgentTool Map<Float, Integer> floats(@AgentParam("v") Map<Float, Integer> v) { return v; }
		@AgentTool Map<BigInteger, Integer> large(@AgentParam("v") Map<BigInteger, Integer> v) { return v; }
		@AgentTool Map<BigDecimal, Integer> decimals(@AgentParam("v") Map<BigDecimal, Integer> v) { return v; }
		@AgentTool Map<Grade, Integer> grades(@AgentParam("v") Map<Grade, Integer> v) { return v; }
		@AgentTool EnumMap<Grade, Integer> gradeMap(@AgentParam("v") EnumMap<Grade, Integer> v) { return v; }
		@AgentTool Map<Month, Integer> months(@AgentParam("v") Map<Month, Integer> v) { return v; }
		@AgentTool Map<LocalDate, Integer> days(@AgentParam("v") Map<LocalDate, Integer> v) { return v; }
		@AgentTool Map<OffsetDateTime, Integer> times(@AgentParam("v") Map<OffsetDateTime, Integer> v) { return v; }
		@AgentTool Map<ZonedDateTime, Integer> zoned(@AgentParam("v") Map<ZonedDateTime, Integer> v) { return v; }
		@AgentTool Map<YearMonth, Integer> yearMonths(@AgentParam("v") Map<YearMonth, Integer> v) { return v; }
		@AgentTool Map<Duration, Integer> durations(@AgentParam("v") Map<Duration, Integer> v) { return v; }
		@AgentTool Map<Period, Integer> periods(@AgentParam("v") Map<Period, Integer> v) { return v; }
		@AgentTool Map<URI, Integer> uris(@AgentParam("v") Map<URI, Integer> v) { return v; }
		// @formatter:on

	}

	static Stream<Arguments> keys() {
		return Stream.of(of("ints", "-5", "+5", "\u0665", "", "5.0", "2147483648"),
				of("longs", "9223372036854775807", "+5", "9223372036854775808"), of("shorts", "-7", "+7", "40000"),
				of("bytes", "-128", "128", "200", "255", "+1"),
				of("doubles", "1.5E300", "NaN", "Infinity", "1e400", "0x1p3", "1d", ".5", "5.", " 5", "+5"),
				of("floats", "0.1", "1e300", "NaN", "1f"), of("large", "123456789012345678901234567890", "+5"),
				of("decimals", "1.10", "+5", ".5", "5."), of("grades", "so-so", "MIDDLING", "0", ""),
				of("grades", "fair"), of("gradeMap", "fair", "MIDDLING"), of("months", "MAY", "5", "may"),
				of("days", "2026-01-31", "+12026-01-31", "-0001-01-31", "2026-1-31", "2026-02-30"),
				of("times", "2026-01-31T14:30:00+01:00", "2026-01-31T14:30Z", "2026-01-31T14:30:00+01"),
				of("zoned", "2026-01-31T14:30:00+01:00", "2026-01-31T14:30:00+01:00[Europe/Zurich]"),
				of("yearMonths", "2026-01", "+12026-01"), of("durations", "PT1H", "pt1h", "PT+1H", "PT1,5S", "PT1.S"),
				of("periods", "P1Y", "p1y", "P+1Y"), of("uris", "a/b", "\u00e4"))
			.flatMap((all) -> all);
	}

	private static Stream<Arguments> of(String name, String fits, String... misfits) {
		return Call.codecs().stream().map((codec) -> Arguments.of(name, fits, List.of(misfits), codec));
	}

	@ParameterizedTest(name = "{0} {3}")
	@MethodSource("keys")
	void areReadFromTheirOwnFormAlone(String name, String fits, List<String> misfits, Codec codec) {
		Call call = Call.of(ACTIONS, name).codec(codec);
		assertThat(call.with("v", Map.of(fits, 1)).value())
			.asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
			.hasSize(1);
		assertThat(fitsSchema(call, fits)).isTrue();
		for (String misfit : misfits) {
			assertThat(call.with("v", Map.of(misfit, 1)).broken()).as(misfit)
				.isNotEmpty()
				.allMatch((violation) -> violation.startsWith("/v"));
		}
	}

	private static boolean fitsSchema(Call call, String key) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JsonMapper.shared().<JsonNode>valueToTree(call.action().input()))
			.validate(JsonMapper.shared().<JsonNode>valueToTree(Map.of("v", Map.of(key, 1))))
			.isEmpty();
	}

	@Test
	void keysThatAreNotFiniteAreNotWritten() {
		for (Codec codec : Call.codecs()) {
			for (Map<?, ?> map : List.of(Map.of(Double.NaN, 1), Map.of(Float.POSITIVE_INFINITY, 1))) {
				assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.encode(map));
			}
			assertThat(codec.decodeMap(codec.encode(Map.of(0.5, 1)))).containsOnlyKeys("0.5");
		}
	}

}
