package io.agentsocket.tool;

import java.util.Locale;

import io.agentsocket.tool.schema.PatternWork;
import io.agentsocket.tool.schema.TooMuchWorkException;
import jakarta.validation.MessageInterpolator;
import jakarta.validation.ValidationException;

/**
 * Ends a validation that finds more mistakes than anybody reads. A validator compares
 * each one with all others: ten thousand elements of a list that do not fit, which are
 * ten kilobytes, take seconds, and a megabyte takes hours. It words each one when it has
 * found it.
 */
final class BoundedMistakes implements MessageInterpolator {

	/** Many times as many as an answer has room for. */
	private static final int MOST = 500;

	private static final ThreadLocal<int[]> FOUND = new ThreadLocal<>();

	private final MessageInterpolator texts;

	/**
	 * Create a bound.
	 * @param texts words mistakes
	 */
	BoundedMistakes(MessageInterpolator texts) {
		this.texts = texts;
	}

	/**
	 * Validate.
	 * @param validation runs on this thread
	 * @return {@code false} when there were too many mistakes
	 * @throws TooMuchWorkException if constraints take too much work
	 */
	static boolean run(Runnable validation) {
		int[] before = FOUND.get();
		FOUND.set(new int[1]);
		try {
			PatternWork.within(validation);
			return true;
		}
		catch (ValidationException ex) {
			if (ex instanceof TooManyException || ex.getCause() instanceof TooManyException) {
				return false;
			}
			throw (ex.getCause() instanceof TooMuchWorkException work) ? work : ex;
		}
		finally {
			if (before != null) {
				FOUND.set(before);
			}
			else {
				FOUND.remove();
			}
		}
	}

	private static void count() {
		int[] count = FOUND.get();
		if (count != null && ++count[0] > MOST) {
			throw new TooManyException();
		}
	}

	@Override
	public String interpolate(String template, Context context) {
		count();
		return this.texts.interpolate(template, context);
	}

	@Override
	public String interpolate(String template, Context context, Locale locale) {
		count();
		return this.texts.interpolate(template, context, locale);
	}

	private static final class TooManyException extends ValidationException {

		private static final long serialVersionUID = 1L;

		TooManyException() {
			super("Too many values do not fit");
		}

		@Override
		public Throwable fillInStackTrace() {
			return this;
		}

	}

}
