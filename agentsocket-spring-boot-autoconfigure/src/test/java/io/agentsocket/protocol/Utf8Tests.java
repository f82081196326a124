package io.agentsocket.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * The check for UTF-8 agrees with the JDK.
 */
class Utf8Tests {

	private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

	/** Large enough for each text of these tests. */
	private final CharBuffer characters = CharBuffer.allocate(128);

	private void check(byte... bytes) {
		boolean valid = isValid(bytes);
		// An assertion for each of a million would take most of the time.
		if (Utf8.isValid(Bytes.of(bytes)) != valid) {
			fail(HexFormat.of().formatHex(bytes) + " is " + (valid ? "" : "not ") + "valid");
		}
	}

	/** The opinion of the JDK, as a result and not as an exception. */
	private boolean isValid(byte... bytes) {
		CoderResult result = this.decoder.reset().decode(ByteBuffer.wrap(bytes), this.characters.clear(), true);
		if (result.isOverflow()) {
			throw new IllegalStateException("The text is too long");
		}
		return !result.isError();
	}

	@Test
	void allSequencesOfThreeBytesAtTheirEdges() {
		int[] edges = { 0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF };
		for (int first = 0; first < 256; first++) {
			check((byte) first);
			for (int second = 0; second < 256; second++) {
				check((byte) first, (byte) second);
				for (int third : edges) {
					check((byte) first, (byte) second, (byte) third);
					if (first >= 0xE0) {
						check((byte) first, (byte) second, (byte) third, (byte) 0x80);
						check((byte) first, (byte) second, (byte) third, (byte) 0x41);
					}
				}
			}
		}
	}

	@Test
	void textsInAnyPlace() {
		Random random = new Random(7);
		for (int i = 0; i < 20_000; i++) {
			StringBuilder text = new StringBuilder();
			for (int j = random.nextInt(20); j > 0; j--) {
				int point = random.nextInt(4) == 0 ? random.nextInt(0x110000) : random.nextInt(128);
				text.appendCodePoint((point >= 0xD800 && point <= 0xDFFF) ? 'x' : point);
			}
			byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
			check(bytes);
			if (bytes.length > 0) {
				bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
				check(bytes);
			}
		}
	}

	@Test
	void charactersAreFoundInAnyPlace() {
		for (int length = 0; length < 40; length++) {
			for (int offset = 0; offset <= length; offset++) {
				byte[] bytes = new byte[length];
				java.util.Arrays.fill(bytes, (byte) 0xDC);
				assertThat(Utf8.indexOf(bytes, offset, length, (byte) '\\')).isEqualTo(length);
				for (int at = offset; at < length; at++) {
					bytes[at] = '\\';
					assertThat(Utf8.indexOf(bytes, offset, length, (byte) '\\')).isEqualTo(at);
					bytes[at] = (byte) (0x5B + at % 3 * 2);
				}
			}
		}
	}

}
