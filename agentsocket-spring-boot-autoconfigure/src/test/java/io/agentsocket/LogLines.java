package io.agentsocket;

import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

/**
 * Keeps lines of the log, which another thread may read at any time. A line asks for the
 * MDC when somebody first reads that of it: here it does so on the thread that logs.
 */
public final class LogLines extends ListAppender<ILoggingEvent> {

	/** Create an appender that takes lines at once. */
	public LogLines() {
		this.list = new CopyOnWriteArrayList<>();
		start();
	}

	@Override
	protected void append(ILoggingEvent line) {
		line.prepareForDeferredProcessing();
		super.append(line);
	}

}
