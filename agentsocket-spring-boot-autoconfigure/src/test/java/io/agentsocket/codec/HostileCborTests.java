package io.agentsocket.codec;

import java.util.HexFormat;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Numbers of members and tags that a parser must not believe.
 */
class HostileCborTests {

	private static final JacksonCodec CODEC = JacksonCodec.cbor();

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex));
	}

	@ParameterizedTest
	@ValueSource(strings = { "bbffffffffffffffff", "bb8000000000000000", "9bffffffffffffffff", "9b8000000000000000",
			"9b7fffffffffffffff", "9affffffff", "9a7fffffff", "ba80000000", "b903e8", "8201", "a2616101",
			"5bffffffffffffffff", "7b8000000000000000", "5affffffff", "7affffffff", "5f5bffffffffffffffffff",
			"7f7bffffffffffffffffff", "a161789b8000000000000000", "819bffffffffffffffff", "c19bffffffffffffffff",
			"bf61789bffffffffffffffffff" })
	void numberThatTheBytesDoNotHaveIsMalformed(String encoded) {
		Bytes bytes = hex(encoded);
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.check(bytes))
			.matches(CodecException::isMalformed);
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.verify(bytes));
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.verifyMap(bytes));
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decode(bytes, Object.class));
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decodeMap(bytes));
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decodeMetadata(bytes));
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> Hello.decode(CODEC, bytes));
	}

	@ParameterizedTest
	@ValueSource(strings = { "80", "01", "f6", "60", "40", "c101", "d9d9f780", "f5", "f97c00" })
	void onlyAMapIsAMap(String encoded) {
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.verifyMap(hex(encoded)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a0", "bfff", "d9d9f7a0", "c1c2bf616101ff", "b80161612a" })
	void mapIsAMapAlsoBehindTags(String encoded) {
		CODEC.verifyMap(hex(encoded));
	}

	@ParameterizedTest
	@ValueSource(strings = { "[]", "1", "null", "\"{}\"", "true", "{} {}", "{", "", " ", "{\"a\":1}x" })
	void onlyAMapIsAMapInJson(String json) {
		assertThatExceptionOfType(CodecException.class)
			.isThrownBy(() -> JacksonCodec.json().verifyMap(Bytes.utf8(json)));
		JacksonCodec.json().verifyMap(Bytes.utf8(" {\"a\":[1,{}]} "));
	}

	/**
	 * Alone bytes, long forms, surrogates, beyond U+10FFFF, cut off, in a piece of its
	 * own.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "61ff", "6180", "62c080", "62c1bf", "63e08080", "63eda080", "63edbfbf", "64f0808080",
			"64f4908080", "64f5808080", "61c3", "62e282", "63f09f98", "7f61c361a9ff", "62c328" })
	void textThatIsNotUtf8IsMalformed(String text) {
		for (String encoded : new String[] { text, "81" + text, "a16161" + text, "a1" + text + "01" }) {
			Bytes bytes = hex(encoded);
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.check(bytes))
				.matches(CodecException::isMalformed);
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decode(bytes, Object.class));
		}
		CODEC.check(hex("7f62c3a962c3a9ff"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "c240", "c25901f4", "c35904b0", "c4821b7fffffffffffffff01", "c4821affffffff01", "c480",
			"c4f6", "d81900", "d9010081d81900", "c5820101", "d90100a1616101" })
	void tagsAreIgnoredInMapsOfTheProtocol(String value) {
		String content = value;
		if (value.endsWith("01f4")) {
			content = value + "ff".repeat(500);
		}
		if (value.endsWith("04b0")) {
			content = value + "ff".repeat(1200);
		}
		// {"future": value, "window": 65536}
		Hello hello = Hello.decode(CODEC, hex("a266667574757265" + content + "6677696e646f771a00010000"));
		assertThat(hello.capacity().window()).isEqualTo(65_536);
		// {64: value, 2: 7}
		assertThat(CODEC.decodeMetadata(hex("a21840" + content + "0207")).deadline()).isEqualTo(7);
	}

	@Test
	void referenceToAnEarlierTextIsTheNumberThatItIs() {
		// 256(["aaa", 25(0)])
		Object decoded = CODEC.decode(hex("d901008263616161d81900"), Object.class);
		assertThat(decoded).hasToString("[aaa, 0]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a16161%s01", "a1%s616101", "%sa0", "a1616181%s01", "a16161a1616281%sf6" })
	void tagsBeforeAValueAreBounded(String place) {
		CODEC.verifyMap(hex(place.formatted("c1".repeat(32))));
		assertThat(CODEC.decodeMap(hex(place.formatted("c1".repeat(32))))).isNotNull();
		for (int tags : new int[] { 33, 500_000 }) {
			Bytes chain = hex(place.formatted("c1".repeat(tags)));
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.verifyMap(chain))
				.withMessageContaining("more than 32 tags before a value");
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> CODEC.decodeMap(chain));
		}
	}

}
