package io.agentsocket.server.bounds;

import java.util.Locale;

/**
 * Reasons for which a pod refuses or ends something that the protocol would allow.
 */
public enum Refusal {

	/** An upgrade: too many sockets without a session. */
	HANDSHAKES("upgrades"),

	/** An upgrade, or a session: too many sockets without one from its address. */
	ADDRESS_HANDSHAKES("connections without a session from one address"),

	/** A connection: it had no session for too long. */
	HANDSHAKE_TIME("connections that had no session in time"),

	/** A session: there are too many connections. */
	CONNECTIONS("sessions for the number of connections"),

	/** A session: there are too many. */
	SESSIONS("sessions for their number"),

	/** A session: its principal has too many. */
	PRINCIPAL_SESSIONS("sessions of one principal"),

	/** A session: its address has too many. */
	ADDRESS_SESSIONS("sessions from one address"),

	/** A session: the memory of the pod is used. */
	MEMORY_SESSIONS("sessions for memory"),

	/** An invocation: its principal has too many open. */
	PRINCIPAL_INVOCATIONS("invocations of one principal"),

	/** An invocation: its address has too many open. */
	ADDRESS_INVOCATIONS("invocations from one address"),

	/** An invocation: its session begins too many a second. */
	SESSION_RATE("invocations for the rate of a session"),

	/** An invocation: its tool is begun too often a second. */
	TOOL_RATE("invocations for the rate of a tool"),

	/** An invocation, a part, an item or a result: its session holds too much. */
	SESSION_MEMORY("payloads for the memory of a session"),

	/** An invocation, a part or an item: the memory of the pod is used. */
	MEMORY("payloads for memory"),

	/** A session without a connection was ended for its memory. */
	ENDED_DETACHED("detached sessions ended for memory"),

	/** A session with a connection was ended for its memory. */
	ENDED_ATTACHED("attached sessions ended for memory");

	private final String text;

	Refusal(String text) {
		this.text = text;
	}

	/** The value of the tag of its counter. */
	public String tag() {
		return name().toLowerCase(Locale.ROOT);
	}

	/** The plural of the refused kind, for a line of the log. */
	String text() {
		return this.text;
	}

}
