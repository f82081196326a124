package io.agentsocket.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

import io.agentsocket.annotation.Internal;

/**
 * Strict UTF-8 where the protocol demands it. Implements section 8.1 (names) and section
 * 5.9 (TEXT) of {@code docs/protocol.md}.
 */
@Internal
public final class Utf8 {

	private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	/** The bits that no ASCII character has, eight bytes at a time. */
	private static final long NOT_ASCII = 0x8080808080808080L;

	private static final long ONES = 0x0101010101010101L;

	private Utf8() {
	}

	/**
	 * The beginning of a text. No character is cut in its middle, since its half could
	 * not be sent.
	 * @param text the text
	 * @param max the most {@code char}s that remain, at least 1
	 * @return the text, or its beginning
	 */
	public static String cut(String text, int max) {
		if (text.length() <= max) {
			return text;
		}
		return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
	}

	/**
	 * Whether bytes are well-formed UTF-8.
	 * @param bytes the bytes
	 * @return {@code true} when each code point is whole and valid
	 */
	public static boolean isValid(Bytes bytes) {
		return isValid(bytes.array(), bytes.offset(), bytes.length());
	}

	/**
	 * Whether a part of an array is well-formed UTF-8.
	 * @param array the array
	 * @param offset index of the first byte
	 * @param length number of bytes
	 * @return {@code true} when each code point is whole and valid
	 */
	public static boolean isValid(byte[] array, int offset, int length) {
		int end = offset + length;
		int i = offset;
		while (end - i >= Long.BYTES && ((long) LONGS.get(array, i) & NOT_ASCII) == 0) {
			i += Long.BYTES;
		}
		while (i < end) {
			if (array[i] >= 0) {
				i++;
				continue;
			}
			int size = sequence(array, i, end);
			if (size == 0) {
				return false;
			}
			i += size;
		}
		return true;
	}

	/** The number of bytes of the code point that begins somewhere, 0 if it is none. */
	private static int sequence(byte[] array, int start, int end) {
		int first = array[start] & 0xFF;
		int size = (first < 0xE0) ? 2 : (first < 0xF0) ? 3 : 4;
		if (first < 0xC2 || first > 0xF4 || size > end - start) {
			return 0;
		}
		// The second byte excludes long forms, surrogates and code points beyond
		// U+10FFFF.
		int low = (first == 0xE0) ? 0xA0 : (first == 0xF0) ? 0x90 : 0x80;
		int high = (first == 0xED) ? 0x9F : (first == 0xF4) ? 0x8F : 0xBF;
		int second = array[start + 1] & 0xFF;
		if (second < low || second > high) {
			return 0;
		}
		for (int i = start + 2; i < start + size; i++) {
			if ((array[i] & 0xC0) != 0x80) {
				return 0;
			}
		}
		return size;
	}

	/**
	 * Finds an ASCII character.
	 * @param array the array
	 * @param offset index of the first byte to look at
	 * @param end index behind the last
	 * @param wanted the character
	 * @return its index, or {@code end}
	 */
	public static int indexOf(byte[] array, int offset, int end, byte wanted) {
		long pattern = ONES * wanted;
		int i = offset;
		while (end - i >= Long.BYTES) {
			// A byte that is the wanted one is zero now, and the subtraction borrows.
			long difference = (long) LONGS.get(array, i) ^ pattern;
			if ((difference - ONES & ~difference & NOT_ASCII) != 0) {
				break;
			}
			i += Long.BYTES;
		}
		while (i < end && array[i] != wanted) {
			i++;
		}
		return i;
	}

	/**
	 * Whether a text can be encoded: each half of a surrogate pair has the other half.
	 * @param text any text
	 * @return {@code false} when a half stands alone
	 */
	public static boolean canEncode(CharSequence text) {
		int length = text.length();
		for (int i = 0; i < length; i++) {
			char c = text.charAt(i);
			if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
				if (c > Character.MAX_HIGH_SURROGATE || ++i == length || !Character.isLowSurrogate(text.charAt(i))) {
					return false;
				}
			}
		}
		return true;
	}

	/**
	 * Largest number of bytes, at most {@code max}, after which a text can be cut without
	 * splitting a code point.
	 * @param text well-formed UTF-8
	 * @param max the upper bound, at least 4
	 * @return where to cut
	 */
	public static int cut(Bytes text, int max) {
		if (text.length() <= max) {
			return text.length();
		}
		int cut = max;
		while (cut > 0 && (text.array()[text.offset() + cut] & 0xC0) == 0x80) {
			cut--;
		}
		return cut;
	}

}
