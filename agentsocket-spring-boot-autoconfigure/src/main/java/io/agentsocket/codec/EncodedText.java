package io.agentsocket.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Tells whether the JDK has kept all of a text when it encoded it as UTF-8: in place of
 * half a surrogate pair it writes a question mark. Looks at eight bytes at a time and
 * needs no memory, as long as each character has become one byte.
 */
final class EncodedText {

	private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final long EACH = 0x0101010101010101L;

	private static final long HIGH_BITS = 0x8080808080808080L;

	private static final byte REPLACEMENT = '?';

	private EncodedText() {
	}

	/**
	 * Whether nothing of a text is missing.
	 * @param text the text
	 * @param utf8 its bytes by {@link String#getBytes}
	 */
	static boolean isWhole(String text, byte[] utf8) {
		if (utf8.length != text.length()) {
			return text.equals(new String(utf8, StandardCharsets.UTF_8));
		}
		for (int at = next(utf8, 0); at < utf8.length; at = next(utf8, at + 1)) {
			if (text.charAt(at) != REPLACEMENT) {
				return false;
			}
		}
		return true;
	}

	/** Where the next question mark is, or the end. */
	private static int next(byte[] utf8, int from) {
		int at = from;
		for (; at <= utf8.length - Long.BYTES; at += Long.BYTES) {
			long differences = (long) LONGS.get(utf8, at) ^ EACH * REPLACEMENT;
			// This is 0 unless one of the eight is a question mark.
			if ((differences - EACH & ~differences & HIGH_BITS) != 0) {
				break;
			}
		}
		while (at < utf8.length && utf8[at] != REPLACEMENT) {
			at++;
		}
		return at;
	}

}
