package io.agentsocket.test;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The subject of expectations, and the sentences of those that fail: the subject, the
 * expectation, and the value that came in its place.
 *
 * @param subject the subject of the expectations, such as an action and its arguments
 * @param note more that a test wants to know when one fails, or empty
 */
record Statement(String subject, Supplier<String> note) {

	/** Items in a message: enough to recognize them. */
	private static final int MAX_TOLD = 20;

	/** Characters of a value in a message. */
	private static final int MAX_LENGTH = 2_000;

	Statement(String subject) {
		this(subject, () -> "");
	}

	/**
	 * An expectation fails.
	 * @param expected the expected value, as a noun
	 * @param got the value that came in its place
	 */
	AssertionError failure(String expected, String got) {
		return new AssertionError(text(expected, got));
	}

	private String text(String expected, String got) {
		String more = this.note.get();
		return this.subject + "\nexpected: " + expected + "\nbut got:  " + got + (more.isEmpty() ? "" : "\n" + more);
	}

	/** Check a condition. */
	void require(boolean holds, String expected, String got) {
		if (!holds) {
			throw failure(expected, got);
		}
	}

	/** Run the assertions of a test, so that a failure names the subject as well. */
	<T> void satisfies(T value, Consumer<? super T> assertions) {
		try {
			assertions.accept(value);
		}
		catch (AssertionError error) {
			throw new AssertionError(
					text("a value that the test's assertions accept", of(value)) + "\n" + error.getMessage(), error);
		}
	}

	/** A value as a message shows it. */
	static String of(@Nullable Object value) {
		String text = String.valueOf(value);
		String shown = (text.length() > MAX_LENGTH) ? text.substring(0, MAX_LENGTH) + "..." : text;
		return (value instanceof CharSequence) ? '"' + shown + '"' : shown;
	}

	/** Several values as a message shows them. */
	static String of(List<?> values) {
		StringBuilder text = new StringBuilder("[");
		for (int i = 0; i < Math.min(values.size(), MAX_TOLD); i++) {
			text.append((i > 0) ? ", " : "").append(of(values.get(i)));
		}
		int more = values.size() - MAX_TOLD;
		return text.append((more > 0) ? " and " + more + " more]" : "]").toString();
	}

	/** The code of an error as a message shows it. */
	static String code(int code) {
		ErrorCode known = ErrorCode.of(code);
		return (known != null) ? known.toString() : String.valueOf(code);
	}

	/** An error as a message shows it. */
	static String of(Throwable error) {
		if (error instanceof ActionException exception) {
			String text = "the error " + code(exception.code()) + ": " + exception.getMessage();
			return (exception.correlation() != null)
					? text + " (the server logged the cause with the correlation " + exception.correlation() + ")"
					: text;
		}
		return String.format(Locale.ROOT, "the exception %s", error);
	}

}
