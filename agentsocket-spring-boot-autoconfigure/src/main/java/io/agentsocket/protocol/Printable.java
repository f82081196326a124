package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;

/**
 * Texts of another side as they may stand in a line of the log: they cannot look like a
 * line of their own, nor hide one.
 */
@Internal
public final class Printable {

	private Printable() {
	}

	/**
	 * A text without control characters, marks of direction and ends of lines.
	 * @param text the text of another side
	 * @param max characters of it that are kept
	 * @return the text with {@code ?} in place of each
	 */
	public static String of(String text, int max) {
		String kept = Utf8.cut(text, max);
		return isPlain(kept) ? kept : replaced(kept);
	}

	/** Nearly all names are ASCII, and each call of a tool asks for some. */
	private static boolean isPlain(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
				return false;
			}
		}
		return true;
	}

	private static String replaced(String text) {
		return text.codePoints()
			.map((c) -> isPrintable(c) ? c : '?')
			.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
			.toString();
	}

	private static boolean isPrintable(int c) {
		int type = Character.getType(c);
		return !Character.isISOControl(c) && type != Character.FORMAT && type != Character.LINE_SEPARATOR
				&& type != Character.PARAGRAPH_SEPARATOR && type != Character.SURROGATE;
	}

}
