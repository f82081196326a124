package io.agentsocket.codec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.cbor.CBORMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CborWireFactoryTests {

	private static final List<String> ALPHABETS = List.of("abcdefg?", "aäöüÿ", "名前は何ですか", "a🌍b名ä");

	private final JacksonCodec codec = JacksonCodec.cbor();

	record Letter(String subject, String body, List<String> lines, String end) {

	}

	private static String text(Random random, String alphabet, int codePoints) {
		int[] letters = alphabet.codePoints().toArray();
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < codePoints; i++) {
			text.appendCodePoint(letters[random.nextInt(letters.length)]);
		}
		return text.toString();
	}

	@Test
	void longAndShortTextsAreReadAsTheyWereWritten() {
		Random random = new Random(7);
		int[] lengths = { 0, 1, 23, 24, 95, 96, 97, 255, 256, 3996, 3997, 65_535, 65_536, 100_000 };
		for (String alphabet : ALPHABETS) {
			for (int length : lengths) {
				List<String> lines = new ArrayList<>();
				for (int i = 0; i < 5; i++) {
					lines.add(text(random, alphabet, random.nextInt(300)));
				}
				Letter letter = new Letter(text(random, alphabet, 5), text(random, alphabet, length), lines, "");
				assertThat((Letter) this.codec.decode(this.codec.encode(letter), Letter.class)).isEqualTo(letter);
			}
		}
	}

	@Test
	void othersReadThemAndTheyReadThoseOfOthers() {
		Random random = new Random(8);
		CBORMapper other = new CBORMapper();
		for (String alphabet : ALPHABETS) {
			Map<String, Object> map = new LinkedHashMap<>();
			for (int length = 1; length < 70_000; length *= 3) {
				map.put(text(random, alphabet, Math.min(length, 300)), text(random, alphabet, length));
			}
			Bytes encoded = this.codec.encode(map);
			assertThat((Object) other.readValue(encoded.toArray(), Map.class)).isEqualTo(map);
			// In chunks, as Jackson writes long ones.
			assertThat((Map<?, ?>) this.codec.decode(Bytes.of(other.writeValueAsBytes(map)), Map.class)).isEqualTo(map);
			assertThat((JsonNode) this.codec.decode(encoded, JsonNode.class)).isEqualTo(other.valueToTree(map));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 96, 255, 256, 5000, 65_536 })
	void longTextsAreOnePieceWithTheirLength(int length) {
		Bytes encoded = this.codec.encode("x".repeat(length));
		ByteArrayOutputStream expected = new ByteArrayOutputStream();
		if (length < 256) {
			expected.write(0x78);
		}
		else if (length < 65_536) {
			expected.write(0x79);
			expected.write(length >>> 8);
		}
		else {
			expected.writeBytes(new byte[] { 0x7A, 0, (byte) (length >>> 16), (byte) (length >>> 8) });
		}
		expected.write(length);
		expected.writeBytes("x".repeat(length).getBytes(StandardCharsets.US_ASCII));
		assertThat(encoded.toArray()).isEqualTo(expected.toByteArray());
	}

	@ParameterizedTest
	@ValueSource(ints = { 10, 200, 10_000 })
	void halfOfASurrogatePairIsRefusedAndNotReplaced(int length) {
		assertThatThrownBy(() -> this.codec.encode("?".repeat(length) + '\uD83C' + "?"))
			.isInstanceOf(CodecException.class);
		assertThatThrownBy(() -> this.codec.encode("?".repeat(length) + '\uDF0D')).isInstanceOf(CodecException.class);
	}

	@Test
	void textsThatAreLongerThanWhatFollowsAreMalformed() {
		byte[] encoded = this.codec.encode("x".repeat(500)).toArray();
		for (int length : new int[] { 1, 2, 3, 4, 100, 502 }) {
			assertThatThrownBy(() -> this.codec.decode(Bytes.of(encoded, 0, length), String.class))
				.isInstanceOfSatisfying(CodecException.class, (failure) -> assertThat(failure.isMalformed()).isTrue());
		}
	}

	@Test
	void aPayloadAmongOtherBytesIsReadFromWhereItIs() {
		byte[] encoded = this.codec.encode(List.of("a".repeat(100), "b", "c".repeat(1000))).toArray();
		byte[] message = new byte[encoded.length + 20];
		System.arraycopy(encoded, 0, message, 7, encoded.length);
		assertThat((List<?>) this.codec.decode(Bytes.of(message, 7, encoded.length), List.class))
			.isEqualTo(List.of("a".repeat(100), "b", "c".repeat(1000)));
	}

	@Test
	void aParserTellsTheTextInEveryWay() {
		byte[] encoded = this.codec.encode(List.of("a".repeat(200), "b".repeat(300), "c", "d".repeat(150))).toArray();
		try (JsonParser parser = this.codec.mapper().createParser(encoded)) {
			assertThat(parser.nextToken()).isEqualTo(JsonToken.START_ARRAY);
			parser.nextToken();
			assertThat(parser.getString()).isEqualTo("a".repeat(200));
			assertThat(parser.getStringLength()).isEqualTo(200);
			assertThat(new String(parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength()))
				.isEqualTo("a".repeat(200));
			// Skipped without a look.
			parser.nextToken();
			parser.nextToken();
			assertThat(parser.getString()).isEqualTo("c");
			parser.nextToken();
			assertThat(parser.getStringLength()).isEqualTo(150);
			assertThat(parser.getString()).isEqualTo("d".repeat(150));
			assertThat(parser.nextToken()).isEqualTo(JsonToken.END_ARRAY);
			assertThat(parser.nextToken()).isNull();
		}
	}

}
