package io.agentsocket.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

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

	private Utf8() {
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
			if (array[i] < 0) {
				return decodes(array, i, end - i);
			}
			i++;
		}
		return true;
	}

	private static boolean decodes(byte[] array, int offset, int length) {
		try {
			StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(array, offset, length));
			return true;
		}
		catch (CharacterCodingException ex) {
			return false;
		}
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
