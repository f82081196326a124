package io.agentsocket.log;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.agentsocket.annotation.Internal;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Warns of a fault that meets all sessions at once, such as a store that is away, or that
 * a peer can bring about as often as it likes: a line a minute for each cause, with the
 * number of those that were left out. A cause is the class of the error, and the class
 * and the first word of the error that is behind it. Thread-safe.
 */
@Internal
public final class SeldomWarning {

	/** Soon enough for an operator, and no line for each of 50,000 sessions. */
	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	/**
	 * Causes with lines of their own. Faults of a deployment have few causes, and texts
	 * that differ each time fill neither the log nor the memory.
	 */
	static final int MAX_CAUSES = 20;

	/** Errors that are behind an error: more are a circle. */
	private static final int MAX_DEPTH = 20;

	/** Characters of a word: the words of errors are shorter, and ids are not kept. */
	private static final int MAX_WORD = 30;

	private final Log log;

	private final LongSupplier clock;

	private final Map<Cause, Lines> causes = new HashMap<>();

	/** Lines of all causes that have none of their own. */
	private final Lines others;

	/**
	 * Create without a line so far.
	 * @param log has the lines
	 */
	public SeldomWarning(Log log) {
		this(log, System::nanoTime);
	}

	SeldomWarning(Log log, LongSupplier clock) {
		this.log = log;
		this.clock = clock;
		this.others = new Lines(clock.getAsLong());
	}

	/**
	 * Warn, unless that was done a moment ago for the same cause.
	 * @param text what has failed; the line goes on with the error
	 * @param error why it has failed
	 */
	public void warn(String text, Throwable error) {
		Throwable root = root(error);
		String line = text + ": " + error + ((root != error) ? ", because of " + root : "");
		warn(Cause.of(error, root), line);
	}

	/**
	 * Warn of what is no error of this process, such as a request that breaks a rule,
	 * unless that was done a moment ago for the same cause.
	 * @param cause a word that is the same for all lines of the cause
	 * @param line the line
	 */
	public void warn(String cause, String line) {
		warn(new Cause(String.class, String.class, cause), line);
	}

	private void warn(Cause cause, String line) {
		long before = begin(cause);
		if (before >= 0) {
			this.log.warn(line + leftOut(before));
		}
		else {
			this.log.debug(line);
		}
	}

	/**
	 * Tell a fault of the application, with the stack that says where it is, unless that
	 * was done a moment ago for the same cause.
	 * @param text what has failed
	 * @param error why it has failed
	 */
	public void error(String text, Throwable error) {
		error(Cause.of(error, root(error)), text, error);
	}

	/**
	 * Tell a fault of a part of the application, with the stack that says where it is,
	 * unless that was done a moment ago for the same part and class of error.
	 * @param part name of the part, such as an action; parts have causes of their own
	 * @param text what has failed
	 * @param error why it has failed
	 */
	public void error(String part, String text, Throwable error) {
		error(new Cause(error.getClass(), root(error).getClass(), part), text, error);
	}

	private void error(Cause cause, String text, Throwable error) {
		long before = begin(cause);
		if (before >= 0) {
			this.log.error(text + leftOut(before), error);
		}
		else {
			this.log.debug(text, error);
		}
	}

	private static String leftOut(long lines) {
		return (lines > 0) ? "; lines left out since the last one: " + lines : "";
	}

	/**
	 * Begin a line.
	 * @return how many of the cause were left out before it, or -1 when this one is left
	 * out
	 */
	private synchronized long begin(Cause cause) {
		long now = this.clock.getAsLong();
		Lines lines = this.causes.get(cause);
		if (lines == null) {
			if (this.causes.size() >= MAX_CAUSES) {
				forget(now);
			}
			lines = this.others;
			if (this.causes.size() < MAX_CAUSES) {
				lines = new Lines(now);
				this.causes.put(cause, lines);
			}
		}
		return lines.begin(now);
	}

	/** Causes that had no line for a while make room; none of their number is lost. */
	private void forget(long now) {
		this.causes.values().removeIf((lines) -> {
			if (now - lines.next < 0) {
				return false;
			}
			this.others.silent += lines.silent;
			return true;
		});
	}

	private static Throwable root(Throwable error) {
		Throwable root = error;
		for (int i = 0; i < MAX_DEPTH; i++) {
			Throwable behind = root.getCause();
			if (behind == null) {
				break;
			}
			root = behind;
		}
		return root;
	}

	/** Redis tells its errors apart by it; ids and addresses come later. */
	private static String firstWord(@Nullable String message) {
		String text = (message != null) ? message : "";
		int length = 0;
		while (length < text.length() && length < MAX_WORD && !Character.isWhitespace(text.charAt(length))) {
			length++;
		}
		return text.substring(0, length);
	}

	/** Faults of which a line stands for all in a minute. */
	private record Cause(Class<?> error, Class<?> root, String word) {

		static Cause of(Throwable error, Throwable root) {
			return new Cause(error.getClass(), root.getClass(), firstWord(root.getMessage()));
		}

	}

	/** The lines of a cause. Guarded by the warning. */
	private static final class Lines {

		private long next;

		/** Warnings without a line since the latest line. */
		private long silent;

		Lines(long next) {
			this.next = next;
		}

		long begin(long now) {
			if (now - this.next < 0) {
				this.silent++;
				return -1;
			}
			this.next = now + INTERVAL;
			long before = this.silent;
			this.silent = 0;
			return before;
		}

	}

}
