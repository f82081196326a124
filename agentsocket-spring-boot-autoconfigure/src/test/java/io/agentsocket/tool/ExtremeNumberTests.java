package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Year;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.Digits;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Positive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Numbers at and beyond what types can express: each is a value or ERROR 3, soon,
 * whatever the type of the parameter.
 */
class ExtremeNumberTests {

	private static final List<String> LITERALS = List.of("1e-2147483648", "1e2147483647", "1e2147483648",
			"-1e-2147483648", "0e-2147483648", "0e2147483647", "1e-2147483647", "1e999999999", "1e99999999999999999999",
			"1e400", "-1e400", "1e-400", "9".repeat(900), "9".repeat(1001), "9".repeat(20_000), "0." + "9".repeat(1001),
			"-0", "-0.0", "1.0", "9007199254740993", "18446744073709551616", "-9223372036854775809");

	private static final List<String> CBOR = List.of(
			// Bignums: empty, 8, 500 and 1,200 bytes.
			"c240", "c2480102030405060708", "c25901f4" + "ff".repeat(500), "c35904b0" + "ff".repeat(1200),
			// Decimal fractions and bigfloats with exponents at their edges.
			"c4821a7fffffff01", "c4823a7fffffff01", "c4821affffffff01", "c4821b7fffffffffffffff01",
			"c4823b7fffffffffffffff01", "c4823bffffffffffffffff01", "c48200c25901f4" + "ff".repeat(500), "c480",
			"c48101", "c483010203", "c482f93c0001", "c48261616162", "c49f0101ff", "c482c1013903e7", "c5821a7fffffff01",
			// Integers and floats at their edges.
			"1bffffffffffffffff", "3bffffffffffffffff", "f97c00", "f97e00", "fb7ff0000000000000", "fbfff8000000000000",
			"fb0000000000000001", "c100", "c11bffffffffffffffff", "d81900", "d9010082616161" + "61",
			"c1fb7fefffffffffffff");

	private static ValidatorFactory validators;

	@AfterAll
	static void close() {
		validators.close();
	}

	private static Stream<Arguments> cases() {
		validators = Validation.buildDefaultValidatorFactory();
		List<Action> actions = AgentTools.builder()
			.validator(validators.getValidator())
			.build()
			.actionsOf(new Plain(), new Checked());
		return actions.stream()
			.flatMap((action) -> Stream.concat(
					LITERALS.stream().map((text) -> Arguments.of(action.name(), text, action)),
					CBOR.stream().map((hex) -> Arguments.of(action.name(), "0x" + hex, action))));
	}

	@ParameterizedTest(name = "{0} {1}")
	@MethodSource("cases")
	void isAValueOrAnInvalidArgument(String name, String number, Action action) {
		Call call = Call.of(List.of(action), name);
		if (number.startsWith("0x")) {
			call.codec(JacksonCodec.cbor()).withBytes(HexFormat.of().parseHex("a16178" + number.substring(2)));
		}
		else {
			call.codec(JacksonCodec.json()).withBytes(("{\"x\":" + number + "}").getBytes(StandardCharsets.UTF_8));
		}
		Throwable error = catchThrowable(call::value);
		if (error != null) {
			assertThat(error).isInstanceOf(ActionException.class);
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(((ActionException) error).violations()).isNotEmpty();
		}
	}

	enum Level {

		LOW, HIGH

	}

	record Box(BigDecimal x) {
	}

	/** A tool for each kind of parameter. */
	static class Plain {

		@AgentTool("decimal")
		String decimal(BigDecimal x) {
			return "read";
		}

		@AgentTool("integer")
		String integer(BigInteger x) {
			return "read";
		}

		@AgentTool("number")
		String number(Number x) {
			return "read";
		}

		@AgentTool("int")
		String primitive(int x) {
			return "read";
		}

		@AgentTool("long")
		String wide(long x) {
			return "read";
		}

		@AgentTool("double")
		String real(double x) {
			return "read";
		}

		@AgentTool("float")
		String small(float x) {
			return "read";
		}

		@AgentTool("duration")
		String duration(Duration x) {
			return "read";
		}

		@AgentTool("instant")
		String instant(Instant x) {
			return "read";
		}

		@AgentTool("date")
		String date(LocalDate x) {
			return "read";
		}

		@AgentTool("time")
		String time(LocalTime x) {
			return "read";
		}

		@AgentTool("year")
		String year(Year x) {
			return "read";
		}

		@AgentTool("bool")
		String bool(boolean x) {
			return "read";
		}

		@AgentTool("text")
		String text(String x) {
			return "read";
		}

		@AgentTool("bytes")
		String bytes(byte[] x) {
			return "read";
		}

		@AgentTool("level")
		String level(Level x) {
			return "read";
		}

		@AgentTool("object")
		String object(Object x) {
			return "read";
		}

		@AgentTool("list")
		String list(List<BigDecimal> x) {
			return "read";
		}

		@AgentTool("optional")
		String optional(Optional<BigDecimal> x) {
			return "read";
		}

		@AgentTool("box")
		String box(Box box) {
			return "read";
		}

		@AgentTool("map")
		String map(Map<String, Object> all) {
			return "read";
		}

	}

	/** The same with constraints. */
	static class Checked {

		@AgentTool("digits")
		String digits(@Digits(integer = 5, fraction = 2) BigDecimal x) {
			return "read";
		}

		@AgentTool("range")
		String range(@Min(-5) @Max(5) BigDecimal x) {
			return "read";
		}

		@AgentTool("decimal-max")
		String decimalMax(@DecimalMax("10.5") BigDecimal x) {
			return "read";
		}

		@AgentTool("positive")
		String positive(@Positive BigInteger x) {
			return "read";
		}

		@AgentTool("positive-double")
		String positiveDouble(@Positive @Max(7) double x) {
			return "read";
		}

	}

}
