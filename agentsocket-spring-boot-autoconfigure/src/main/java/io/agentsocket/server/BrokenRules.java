package io.agentsocket.server;

import java.security.Principal;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Printable;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.SessionMdc;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Tells the log which rule was broken when a connection is closed for it: the code alone
 * tells nobody what to mend. There is a line a minute for each address and code, and a
 * bounded number for the pod: peers that break rules on purpose do not fill the log.
 * Thread-safe.
 */
final class BrokenRules {

	private static final Log logger = PrintableLog.of(BrokenRules.class);

	/**
	 * Lines of a minute. A deployment of agents with a fault has few causes, and an
	 * attack from many addresses needs no further line.
	 */
	static final int MAX_LINES = 20;

	/** Characters of a rule: the reason of a close frame has 123 bytes at most. */
	private static final int MAX_RULE = 200;

	/** Codes that blame the other side: those of the protocol, and those of WebSocket. */
	private static final Set<Integer> CODES = Set.of(CloseCode.PROTOCOL.code(), CloseCode.UNAUTHENTICATED.code(),
			CloseCode.FORBIDDEN.code(), CloseCode.TOO_LARGE.code(), CloseCode.VERSION.code(), CloseCode.RATE.code(),
			1002, 1003, 1007, 1009);

	private final LongSupplier clock;

	/** Addresses and codes that have a line of the log in this minute. */
	private final Set<Cause> told = new HashSet<>();

	private long minute;

	/** Closed connections without a line since the latest line. */
	private long silent;

	BrokenRules() {
		this(System::nanoTime);
	}

	/**
	 * Create without a line so far.
	 * @param clock nanoseconds
	 */
	BrokenRules(LongSupplier clock) {
		this.clock = clock;
		this.minute = clock.getAsLong();
	}

	/**
	 * A connection is closed.
	 * @param code the close code
	 * @param rule the text of the close frame
	 * @param here whether this side has closed it
	 * @param address the key of the address of the agent, or {@code null}
	 * @param session its session, or {@code null} when it has none
	 */
	void closed(int code, String rule, boolean here, @Nullable String address, @Nullable AgentSession session) {
		if (!CODES.contains(code)) {
			return;
		}
		long before = begin(new Cause(address, code, here));
		if (before < 0) {
			return;
		}
		Principal principal = (session != null) ? session.principal() : null;
		Runnable mdc = (session != null) ? SessionMdc.put(session, principal) : () -> {
		};
		try {
			logger.warn("A connection is closed by " + (here ? "this side" : "the agent") + " with " + code + ": "
					+ Printable.of(rule, MAX_RULE) + ". It was that of " + agent(address, session)
					+ ((before > 0) ? "; lines left out since the last one: " + before : ""));
		}
		finally {
			mdc.run();
		}
	}

	/**
	 * Begin a line.
	 * @return how many were left out before it, or -1 when this one is left out
	 */
	private synchronized long begin(Cause cause) {
		long now = this.clock.getAsLong();
		if (now - this.minute >= TimeUnit.MINUTES.toNanos(1)) {
			this.minute = now;
			this.told.clear();
		}
		if (this.told.size() >= MAX_LINES || !this.told.add(cause)) {
			this.silent++;
			return -1;
		}
		long before = this.silent;
		this.silent = 0;
		return before;
	}

	private static String agent(@Nullable String address, @Nullable AgentSession session) {
		String from = (address != null) ? " from " + address : "";
		if (session == null) {
			return "an agent without a session" + from;
		}
		return "agent '" + Printable.of(session.agent().name(), SessionMdc.MAX_NAME) + "' of session "
				+ SessionMdc.id(session) + from;
	}

	/** Connections of which a line stands for all in a minute. */
	private record Cause(@Nullable String address, int code, boolean here) {
	}

}
