package io.agentsocket.codec;

import java.nio.charset.StandardCharsets;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class EncodedTextTests {

	private static boolean isWhole(String text) {
		return EncodedText.isWhole(text, text.getBytes(StandardCharsets.UTF_8));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a", "?", "1234567", "12345678", "????????", "Is it? Yes? It is. And what now?",
			"Grüße an alle", "\uD83D\uDE00 is a pair, and \uD83D\uDE00?" })
	void textIsWhole(String text) {
		assertThat(isWhole(text)).isTrue();
		assertThat(isWhole(text + "x".repeat(1000) + text)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\uD83D", "\uDE00", "?\uD83D", "\uD83D?", "12345678\uD83D", "\uDE00\uD83D", "ü\uD83D",
			"\uD83D\uDE00\uD83D" })
	void halfOfAPairIsMissing(String text) {
		assertThat(isWhole(text)).isFalse();
		assertThat(isWhole("?".repeat(13) + text + "?".repeat(40))).isFalse();
	}

	/** As the JDK sees it, by reading back what it has written. */
	@Test
	void agreesWithTheJdkOnTextsOfAllKinds() {
		Random random = new Random(3);
		String characters = "?aA \u007f\u0080ü\u0100\uD83D\uDE00";
		for (int i = 0; i < 20_000; i++) {
			int kinds = 1 + random.nextInt(characters.length());
			StringBuilder text = new StringBuilder();
			for (int k = random.nextInt(40); k > 0; k--) {
				text.append(characters.charAt(random.nextInt(kinds)));
			}
			byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
			assertThat(EncodedText.isWhole(text.toString(), utf8)).as(text.toString())
				.isEqualTo(text.toString().equals(new String(utf8, StandardCharsets.UTF_8)));
		}
	}

}
