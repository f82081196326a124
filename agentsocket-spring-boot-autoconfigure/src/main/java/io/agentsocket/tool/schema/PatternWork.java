package io.agentsocket.tool.schema;

import java.util.regex.Pattern;

/**
 * The work that patterns may take in one check, however many texts it has: each look at a
 * character counts. Some patterns need time that doubles with each character. A check
 * runs on one thread.
 */
public final class PatternWork {

	/** Looks whatever the texts are: some milliseconds. */
	private static final long LOOKS = 1_000_000;

	/** Looks for each match, however short its text and its pattern are. */
	private static final long LOOKS_OF_EACH = 128;

	/** Looks for each character of a text: no sensible pattern needs more. */
	private static final long LOOKS_AT_EACH = 16;

	/**
	 * Looks for all characters of patterns, one for each in each match: a list of words
	 * is looked through up to its end. Less than a second.
	 */
	private static final long LOOKS_FOR_PATTERNS = 100_000_000;

	private static final ThreadLocal<PatternWork> CURRENT = new ThreadLocal<>();

	private long left = LOOKS;

	private long leftForPatterns = LOOKS_FOR_PATTERNS;

	private PatternWork() {
	}

	/**
	 * Run a check whose matches share their work.
	 * @param check runs on this thread
	 */
	public static void within(Runnable check) {
		PatternWork before = CURRENT.get();
		CURRENT.set(new PatternWork());
		try {
			check.run();
		}
		finally {
			if (before != null) {
				CURRENT.set(before);
			}
			else {
				CURRENT.remove();
			}
		}
	}

	/**
	 * A text whose characters can be looked at as often as a sensible pattern needs, and
	 * as there is work left for all texts of the check.
	 * @param text the text
	 * @param pattern how many characters the pattern has
	 * @return a text that throws a {@link TooMuchWorkException} then
	 */
	public static CharSequence counted(CharSequence text, int pattern) {
		PatternWork work = CURRENT.get();
		work = (work != null) ? work : new PatternWork();
		long forPattern = Math.min(pattern, work.leftForPatterns);
		work.leftForPatterns -= forPattern;
		work.left += LOOKS_OF_EACH + LOOKS_AT_EACH * text.length() + forPattern;
		return new CountedText(text, work);
	}

	/**
	 * Find a pattern in a text.
	 * @param pattern the pattern
	 * @param text the text
	 * @return whether it is there
	 * @throws TooMuchWorkException if that takes too much work, or too deep a stack
	 */
	static boolean find(Pattern pattern, CharSequence text) {
		try {
			return pattern.matcher(counted(text, pattern.pattern().length())).find();
		}
		catch (StackOverflowError ex) {
			throw tooMuch();
		}
	}

	/**
	 * It takes too much work to match a pattern.
	 * @return an exception that says so
	 */
	public static TooMuchWorkException tooMuch() {
		return new TooMuchWorkException("pattern");
	}

	/** A text that counts how often somebody looks at its characters. */
	private static final class CountedText implements CharSequence {

		private final CharSequence text;

		private final PatternWork work;

		CountedText(CharSequence text, PatternWork work) {
			this.text = text;
			this.work = work;
		}

		@Override
		public int length() {
			return this.text.length();
		}

		@Override
		public char charAt(int index) {
			if (--this.work.left < 0) {
				throw tooMuch();
			}
			return this.text.charAt(index);
		}

		@Override
		public CharSequence subSequence(int start, int end) {
			return this.text.subSequence(start, end);
		}

		@Override
		public String toString() {
			return this.text.toString();
		}

	}

}
