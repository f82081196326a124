package io.agentsocket.codec;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * CBOR integers of 64 bits that no long has room for are integers in both directions,
 * however deep they are. Numbers beyond them have a tag.
 */
class WideIntegerTests {

	private static final JacksonCodec CODEC = JacksonCodec.cbor();

	@ParameterizedTest
	@CsvSource({ "0, 00", "23, 17", "-1, 20", "9223372036854775807, 1b7fffffffffffffff",
			"9223372036854775808, 1b8000000000000000", "18446744073709551615, 1bffffffffffffffff",
			"-9223372036854775808, 3b7fffffffffffffff", "-9223372036854775809, 3b8000000000000000",
			"-18446744073709551616, 3bffffffffffffffff", "18446744073709551616, c249010000000000000000",
			"-18446744073709551617, c349010000000000000000" })
	void isWrittenInItsShortestForm(BigInteger number, String hex) {
		Bytes encoded = CODEC.encode(number);
		assertThat(encoded).hasToString(hex);
		assertThat(CODEC.<BigInteger>decode(encoded, BigInteger.class)).isEqualTo(number);
	}

	@ParameterizedTest
	@CsvSource({ "1b8000000000000000, 9223372036854775808", "1bffffffffffffffff, 18446744073709551615",
			"3b8000000000000000, -9223372036854775809", "3bffffffffffffffff, -18446744073709551616" })
	void isANumberDeepInAMapOfTheProtocol(String hex, BigInteger number) {
		// {"a": [[{"b": number}]]}
		Bytes map = Bytes.of(HexFormat.of().parseHex("a161618181a16162" + hex));
		Map<String, Object> expected = Map.of("a", List.of(List.of(Map.of("b", number))));
		assertThat(CODEC.decodeMap(map)).isEqualTo(expected);
		assertThat(CODEC.decodeMap(CODEC.encodeMap(CODEC.decodeMap(map)))).isEqualTo(expected);
		assertThat(CODEC.<Object>decode(CODEC.encode(expected), Object.class)).isEqualTo(expected);
	}

	/** Many of them: some do not fit into what is left of the buffer. */
	@ParameterizedTest
	@CsvSource({ "7000", "7999", "8191" })
	void isWrittenAcrossTheEndOfABuffer(int length) {
		List<Object> values = List.of("x".repeat(90), new byte[length], BigInteger.ONE.shiftLeft(63),
				BigInteger.ONE.shiftLeft(63).negate().subtract(BigInteger.ONE));
		Bytes encoded = CODEC.encode(values);
		assertThat(CODEC.<List<Object>>decode(encoded, List.class)).usingRecursiveComparison().isEqualTo(values);
	}

}
