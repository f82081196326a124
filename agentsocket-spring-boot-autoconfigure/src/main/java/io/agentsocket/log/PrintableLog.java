package io.agentsocket.log;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Printable;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A log in which nothing that another side has chosen can look like a line of its own:
 * control characters, ends of lines and marks of direction are replaced in each line and
 * in each message of an exception. Every class that may meet a text of another side,
 * however indirectly, logs through it. Thread-safe.
 */
@Internal
public final class PrintableLog implements Log {

	/** Characters of a line: enough for any line of this project. */
	private static final int MAX_LINE = 10_000;

	private final Log log;

	private PrintableLog(Log log) {
		this.log = log;
	}

	/**
	 * The log of a class.
	 * @param type the class
	 * @return its log
	 */
	public static Log of(Class<?> type) {
		return new PrintableLog(LogFactory.getLog(type));
	}

	private static String printable(@Nullable Object message) {
		return Printable.of(String.valueOf(message), MAX_LINE);
	}

	@Override
	public void fatal(@Nullable Object message) {
		if (isFatalEnabled()) {
			this.log.fatal(printable(message));
		}
	}

	@Override
	public void fatal(@Nullable Object message, @Nullable Throwable error) {
		if (isFatalEnabled()) {
			this.log.fatal(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public void error(@Nullable Object message) {
		if (isErrorEnabled()) {
			this.log.error(printable(message));
		}
	}

	@Override
	public void error(@Nullable Object message, @Nullable Throwable error) {
		if (isErrorEnabled()) {
			this.log.error(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public void warn(@Nullable Object message) {
		if (isWarnEnabled()) {
			this.log.warn(printable(message));
		}
	}

	@Override
	public void warn(@Nullable Object message, @Nullable Throwable error) {
		if (isWarnEnabled()) {
			this.log.warn(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public void info(@Nullable Object message) {
		if (isInfoEnabled()) {
			this.log.info(printable(message));
		}
	}

	@Override
	public void info(@Nullable Object message, @Nullable Throwable error) {
		if (isInfoEnabled()) {
			this.log.info(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public void debug(@Nullable Object message) {
		if (isDebugEnabled()) {
			this.log.debug(printable(message));
		}
	}

	@Override
	public void debug(@Nullable Object message, @Nullable Throwable error) {
		if (isDebugEnabled()) {
			this.log.debug(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public void trace(@Nullable Object message) {
		if (isTraceEnabled()) {
			this.log.trace(printable(message));
		}
	}

	@Override
	public void trace(@Nullable Object message, @Nullable Throwable error) {
		if (isTraceEnabled()) {
			this.log.trace(printable(message), PrintableThrowable.of(error));
		}
	}

	@Override
	public boolean isFatalEnabled() {
		return this.log.isFatalEnabled();
	}

	@Override
	public boolean isErrorEnabled() {
		return this.log.isErrorEnabled();
	}

	@Override
	public boolean isWarnEnabled() {
		return this.log.isWarnEnabled();
	}

	@Override
	public boolean isInfoEnabled() {
		return this.log.isInfoEnabled();
	}

	@Override
	public boolean isDebugEnabled() {
		return this.log.isDebugEnabled();
	}

	@Override
	public boolean isTraceEnabled() {
		return this.log.isTraceEnabled();
	}

}
