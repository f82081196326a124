package io.agentsocket.protocol;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BytesTests {

	@Test
	void areEqualByContent() {
		byte[] array = { 1, 2, 3, 2, 3 };
		Bytes first = Bytes.of(array, 1, 2);
		Bytes second = Bytes.of(array, 3, 2);
		assertThat(first).isEqualTo(second).hasSameHashCodeAs(second).isNotEqualTo(Bytes.of(array, 0, 2));
		assertThat(first).hasToString("0203");
	}

	@Test
	void slicesStayWithinTheView() {
		Bytes bytes = Bytes.of(new byte[] { 1, 2, 3, 4 }, 1, 2);
		assertThat(bytes.slice(1, 1).toArray()).containsExactly(3);
		assertThat(bytes.slice(2, 0)).isSameAs(Bytes.EMPTY);
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bytes.slice(1, 2));
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bytes.slice(-1, 1));
		assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> Bytes.of(new byte[2], 1, 2));
	}

	@Test
	void copiesAreIndependent() {
		byte[] array = { 1, 2, 3 };
		byte[] copy = Bytes.of(array).toArray();
		copy[0] = 9;
		assertThat(array[0]).isEqualTo((byte) 1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "abc", "äöü", "🌍a🌍", "a\u0000" })
	void utf8IsValidAndCutAtCodePoints(String text) {
		byte[] padded = ("x" + text + "x").getBytes(StandardCharsets.UTF_8);
		Bytes bytes = Bytes.of(padded, 1, padded.length - 2);
		assertThat(Utf8.isValid(bytes)).isTrue();
		assertThat(bytes.toUtf8()).isEqualTo(text);
		for (int max = 4; max <= bytes.length() + 1; max++) {
			int cut = Utf8.cut(bytes, max);
			assertThat(cut).isBetween(Math.min(bytes.length(), max - 3), max);
			assertThat(Utf8.isValid(bytes.slice(0, cut))).isTrue();
			assertThat(Utf8.isValid(bytes.slice(cut, bytes.length() - cut))).isTrue();
		}
	}

	@Test
	void refusesMalformedUtf8() {
		for (int[] octets : new int[][] { { 0xFF }, { 0xC3 }, { 0xC3, 0x28 }, { 0x80 }, { 0xC0, 0x80 },
				{ 0xED, 0xA0, 0x80 }, { 0xF5, 0x80, 0x80, 0x80 }, { 'a', 0xE2, 0x82 } }) {
			byte[] bytes = new byte[octets.length];
			for (int i = 0; i < octets.length; i++) {
				bytes[i] = (byte) octets[i];
			}
			assertThat(Utf8.isValid(Bytes.of(bytes))).as("%s", Bytes.of(bytes)).isFalse();
		}
	}

	@Test
	void validityDoesNotLookBeyondTheView() {
		byte[] bytes = "äb".getBytes(StandardCharsets.UTF_8);
		assertThat(Utf8.isValid(Bytes.of(bytes, 0, 1))).isFalse();
		assertThat(Utf8.isValid(Bytes.of(bytes, 1, 2))).isFalse();
		assertThat(Utf8.isValid(Bytes.of(bytes, 2, 1))).isTrue();
	}

}
