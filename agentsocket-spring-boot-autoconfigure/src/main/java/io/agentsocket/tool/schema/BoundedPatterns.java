package io.agentsocket.tool.schema;

import java.util.regex.Pattern;

import com.networknt.schema.SchemaException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;

/**
 * Matches texts against the patterns of schemas within a bound of work. Some patterns
 * need time that doubles with each character, and others a stack as deep as the text is
 * long: the schema may come from a function, and the text from an agent. Thread-safe.
 */
final class BoundedPatterns implements RegularExpressionFactory {

	/**
	 * Characters that a match may look at whatever the length of its text, each time it
	 * does: some milliseconds.
	 */
	private static final int LOOKS = 1_000_000;

	/** Looks at each character of a long text: no sensible pattern needs more. */
	private static final int LOOKS_AT_EACH = 16;

	/** Characters of a pattern: it is looked at as often as it has some. */
	private static final int LONGEST = 10_000;

	@Override
	public RegularExpression getRegularExpression(String regex) {
		if (regex.length() > LONGEST) {
			throw new TooManyLooksException();
		}
		Pattern pattern = Pattern.compile(
				RegularExpressions.replaceLongformCharacterProperties(RegularExpressions.replaceDollarAnchors(regex)));
		return (value) -> find(pattern, value);
	}

	private static boolean find(Pattern pattern, String text) {
		try {
			return pattern.matcher(new CountedText(text)).find();
		}
		catch (StackOverflowError ex) {
			throw new TooManyLooksException();
		}
	}

	/**
	 * Ends a match. Any other exception than one of its own is an error in the log of the
	 * library, once for each such value.
	 */
	static final class TooManyLooksException extends SchemaException {

		private static final long serialVersionUID = 1L;

		TooManyLooksException() {
			super("It takes too much work to match a pattern");
		}

		@Override
		public Throwable fillInStackTrace() {
			return this;
		}

	}

	/** A text that counts how often somebody looks at its characters. */
	private static final class CountedText implements CharSequence {

		private final String text;

		private long looks;

		CountedText(String text) {
			this.text = text;
			this.looks = Math.max(LOOKS, (long) LOOKS_AT_EACH * text.length());
		}

		@Override
		public int length() {
			return this.text.length();
		}

		@Override
		public char charAt(int index) {
			if (--this.looks < 0) {
				throw new TooManyLooksException();
			}
			return this.text.charAt(index);
		}

		@Override
		public CharSequence subSequence(int start, int end) {
			return this.text.subSequence(start, end);
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

}
