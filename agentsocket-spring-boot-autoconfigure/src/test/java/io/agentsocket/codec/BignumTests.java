package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Bignums and the mantissas of decimal fractions have no sign in their bytes: the tag
 * says it.
 */
class BignumTests {

	private static final JacksonCodec CODEC = JacksonCodec.cbor();

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex));
	}

	@ParameterizedTest
	@CsvSource({ "c240, 0", "c24100, 0", "c2417f, 127", "c241ff, 255", "c24480000000, 2147483648",
			"c244ffffffff, 4294967295", "c2487fffffffffffffff, 9223372036854775807",
			"c2488000000000000000, 9223372036854775808", "c249800000000000000000, 2361183241434822606848",
			"c250ffffffffffffffffffffffffffffffff, 340282366920938463463374607431768211455", "c25f4180ff, 128",
			"c25f418041ffff, 33023", "d9d9f7c241ff, 255", "c340, -1", "c34100, -1", "c3417f, -128", "c341ff, -256",
			"c3487fffffffffffffff, -9223372036854775808", "c3488000000000000000, -9223372036854775809",
			"c350ffffffffffffffffffffffffffffffff, -340282366920938463463374607431768211456" })
	void isTheNumberThatItsTagSays(String encoded, BigInteger number) {
		assertThat(CODEC.<BigInteger>decode(hex(encoded), BigInteger.class)).isEqualTo(number);
		assertThat(CODEC.<BigDecimal>decode(hex(encoded), BigDecimal.class)).isEqualByComparingTo(number.toString());
		assertThat(CODEC.<Object>decode(hex(encoded), Object.class)).isEqualTo(number);
		assertThat(CODEC.<Number>decode(hex(encoded), Number.class)).isEqualTo(number);
		assertThat(CODEC.<Double>decode(hex(encoded), double.class)).isEqualTo(number.doubleValue());
		assertThat(CODEC.<JsonNode>decode(hex(encoded), JsonNode.class).bigIntegerValue()).isEqualTo(number);
		assertThat(CODEC.<Map<String, Object>>decode(hex("a16161" + encoded), Map.class))
			.isEqualTo(Map.of("a", number));
		assertThat(CODEC.<List<Object>>decode(hex("82" + encoded + "05"), List.class)).containsExactly(number, 5);
		// And what is written is read by the same rule.
		assertThat(CODEC.<BigInteger>decode(CODEC.encode(number), BigInteger.class)).isEqualTo(number);
	}

	@ParameterizedTest
	@CsvSource({ "c241ff, 255", "c2447fffffff, 2147483647", "c34107, -8", "c3447fffffff, -2147483648" })
	void fitsIntoTheTypeThatHasRoomForIt(String encoded, int number) {
		assertThat(CODEC.<Integer>decode(hex(encoded), int.class)).isEqualTo(number);
		assertThat(CODEC.<Long>decode(hex(encoded), long.class)).isEqualTo(number);
	}

	@ParameterizedTest
	@CsvSource({ "c24480000000, 2147483648", "c244ffffffff, 4294967295", "c34480000000, -2147483649" })
	void fitsIntoALongAndIntoNoInt(String encoded, long number) {
		assertThat(CODEC.<Long>decode(hex(encoded), long.class)).isEqualTo(number);
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decode(hex(encoded), int.class));
	}

	@ParameterizedTest
	@CsvSource({ "c2488000000000000000", "c249800000000000000000", "c3488000000000000000" })
	void fitsIntoNoLong(String encoded) {
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decode(hex(encoded), long.class));
	}

	@ParameterizedTest
	@CsvSource({ "c48200c241ff, 255", "c48221c241ff, 2.55", "c48221c341ff, -2.56", "c48220c240, 0",
			"c48223c248ffffffffffffffff, 1844674407370955.1615",
			"c4822bc249800000000000000000, 2361183241.434822606848" })
	void isTheMantissaOfADecimalFraction(String encoded, BigDecimal number) {
		assertThat(CODEC.<BigDecimal>decode(hex(encoded), BigDecimal.class)).isEqualByComparingTo(number);
		assertThat(CODEC.<BigDecimal>decode(CODEC.encode(number), BigDecimal.class)).isEqualByComparingTo(number);
		assertThat(CODEC.<Double>decode(hex(encoded), double.class)).isEqualTo(number.doubleValue());
	}

	@ParameterizedTest
	@CsvSource({ "c240, 0", "c241ff, 255", "c249800000000000000000, 2361183241434822606848", "c341ff, -256",
			"c25f4180ff, 128", "c4822001, 0.1", "c482211904e2, 12.50", "c48221c241ff, 2.55", "c48200c341ff, -256",
			"c4820118ff, 2550", "c48238ff01, 1E-256", "c48218ff01, 1E+255" })
	void isANumberInAMapOfTheProtocol(String encoded, BigDecimal number) {
		Map<String, Object> map = CODEC.decodeMap(hex("a2616182" + encoded + "056162" + encoded));
		assertThat(map.get("b")).isInstanceOfSatisfying(Number.class,
				(read) -> assertThat(new BigDecimal(read.toString())).isEqualByComparingTo(number));
		assertThat(map.get("a")).asInstanceOf(InstanceOfAssertFactories.LIST).containsExactly(map.get("b"), 5);
		assertThat(CODEC.decodeMap(CODEC.encodeMap(map))).hasToString(map.toString());
	}

	/** Exponents and bytes without bound, and other values. */
	@ParameterizedTest
	@ValueSource(strings = { "c48219010001", "c4821a7fffffff01", "c4823b7fffffffffffffff01", "c4821bffffffffffffffff01",
			"c48201f93c00", "c482016131", "c48101", "c483010203", "c49f0102ff", "c4f6" })
	void whatIsNoFractionIsWhatItIsInAMapOfTheProtocol(String encoded) {
		assertThat(CODEC.decodeMap(hex("a26161" + encoded + "616205"))).containsEntry("b", 5)
			.containsEntry("a", CODEC.decodeMap(hex("a16161" + encoded.substring(2))).get("a"));
	}

	@Test
	void longBytesAreBytesInAMapOfTheProtocol() {
		for (int length : new int[] { 1000, 1001 }) {
			String bytes = "c259%04x".formatted(length) + "ff".repeat(length);
			assertThat(CODEC.decodeMap(hex("a16161" + bytes)).get("a"))
				.isInstanceOf((length == 1000) ? BigInteger.class : byte[].class);
			assertThat(CODEC.decodeMap(hex("a16161c48201" + bytes)).get("a"))
				.isInstanceOf((length == 1000) ? BigDecimal.class : List.class);
		}
	}

}
