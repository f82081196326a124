package io.agentsocket.server;

import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import org.apache.commons.logging.Log;

/**
 * Counts published events that are not sent to a subscriber, and tells them in the log, a
 * line a minute for each reason: an agent that takes no large events, or reads nothing,
 * can subscribe to a busy event with many sessions. Thread-safe.
 */
final class UnsentEvents {

	private static final Log logger = PrintableLog.of(UnsentEvents.class);

	private final SeldomWarning warning = new SeldomWarning(logger);

	private final LongAdder count = new LongAdder();

	/**
	 * An event is not sent to a session.
	 * @param event name of the event
	 * @param session id of the session
	 * @param cause a word for the reason
	 * @param reason the reason
	 */
	void add(String event, String session, String cause, String reason) {
		this.count.increment();
		this.warning.warn(cause, "Event " + event + " is not sent to session " + session + ": " + reason);
	}

	/** Events and sessions to which they were not sent, since the start. */
	long total() {
		return this.count.sum();
	}

}
