package io.agentsocket.tool.schema;

import java.util.regex.Pattern;

import com.networknt.schema.SchemaException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.regex.RegularExpressions;

/**
 * Matches texts against the patterns of schemas within the bounds of {@link PatternWork}.
 * Some patterns need a stack as deep as the text is long: the schema may come from a
 * function, and the text from an agent. Thread-safe.
 */
final class BoundedPatterns implements RegularExpressionFactory {

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
			return PatternWork.find(pattern, text);
		}
		catch (TooMuchWorkException ex) {
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

}
