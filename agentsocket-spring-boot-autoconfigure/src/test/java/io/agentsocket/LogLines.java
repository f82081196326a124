package io.agentsocket;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Keeps lines of the log, which another thread may read at any time, until it is closed.
 * A line asks for the MDC when somebody first reads that of it: here it does so on the
 * thread that logs.
 */
public final class LogLines extends ListAppender<ILoggingEvent> implements AutoCloseable {

	private final Logger logger;

	private final @Nullable Level before;

	private LogLines(String logger) {
		this.logger = (Logger) LoggerFactory.getLogger(logger);
		this.before = this.logger.getLevel();
		this.list = new CopyOnWriteArrayList<>();
		start();
		this.logger.addAppender(this);
	}

	/** Keep the lines of all classes. */
	public static LogLines ofAll() {
		return new LogLines(org.slf4j.Logger.ROOT_LOGGER_NAME);
	}

	/** Keep the lines of a class. */
	public static LogLines of(Class<?> type) {
		return new LogLines(type.getName());
	}

	/**
	 * Keep the lines of a class from a level on, which it has until this is closed.
	 */
	public static LogLines of(Class<?> type, Level level) {
		LogLines lines = of(type);
		lines.logger.setLevel(level);
		return lines;
	}

	/** The messages so far. */
	public List<String> texts() {
		return this.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

	@Override
	protected void append(ILoggingEvent line) {
		line.prepareForDeferredProcessing();
		super.append(line);
	}

	/** No further line is kept, and the logger has the level that it had. */
	@Override
	public void close() {
		this.logger.detachAppender(this);
		this.logger.setLevel(this.before);
	}

}
