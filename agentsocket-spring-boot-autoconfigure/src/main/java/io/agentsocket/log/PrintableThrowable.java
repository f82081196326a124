package io.agentsocket.log;

import io.agentsocket.protocol.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Stands in the log for an exception in whose message, or that of a cause, there are
 * characters that must not be there. Has its stack, its class in the message, and its
 * causes.
 */
final class PrintableThrowable extends Throwable {

	private static final long serialVersionUID = 1L;

	/** Characters of a message. */
	private static final int MAX_MESSAGE = 4000;

	/** Causes in a row that are looked at: more than there are, less than a circle. */
	private static final int MAX_CAUSES = 32;

	private PrintableThrowable(String message, @Nullable Throwable cause) {
		super(message, cause, true, true);
	}

	/** An exception as it may stand in the log: itself when nothing is wrong with it. */
	static @Nullable Throwable of(@Nullable Throwable error) {
		return (error == null || isPrintable(error, MAX_CAUSES)) ? error : copy(error, MAX_CAUSES);
	}

	private static boolean isPrintable(Throwable error, int left) {
		if (left == 0) {
			return true;
		}
		String message = error.getLocalizedMessage();
		if (message != null && !Printable.of(message, MAX_MESSAGE).equals(message)) {
			return false;
		}
		for (Throwable suppressed : error.getSuppressed()) {
			if (!isPrintable(suppressed, left / 2)) {
				return false;
			}
		}
		Throwable cause = error.getCause();
		return cause == null || isPrintable(cause, left - 1);
	}

	private static PrintableThrowable copy(Throwable error, int left) {
		String message = error.getLocalizedMessage();
		String name = error.getClass().getName();
		Throwable cause = (left > 1) ? error.getCause() : null;
		PrintableThrowable copy = new PrintableThrowable(
				(message != null) ? name + ": " + Printable.of(message, MAX_MESSAGE) : name,
				(cause != null) ? copy(cause, left - 1) : null);
		copy.setStackTrace(error.getStackTrace());
		if (left > 1) {
			for (Throwable suppressed : error.getSuppressed()) {
				copy.addSuppressed(copy(suppressed, left / 2));
			}
		}
		return copy;
	}

	/** The class of the exception is part of the message. */
	@Override
	public String toString() {
		return String.valueOf(getMessage());
	}

}
