package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;

/**
 * WebSocket close codes of the protocol. The range is the verdict: 4000 to 4499 means
 * reconnect and resume, 4500 to 4999 means do not reconnect. Implements section 22 of
 * {@code docs/protocol.md}.
 */
@Internal
public enum CloseCode {

	/** The pod drains, or the connection reached its maximum age. */
	DRAIN(4000),

	/** The peer was silent for too long. */
	KEEPALIVE(4001),

	/** The peer does not read fast enough. */
	SLOW_CONSUMER(4002),

	/** The two sides disagree about the frames that were sent. */
	SEQUENCE(4003),

	/** An error that is not the peer's fault. */
	INTERNAL(4005),

	/** The session store, or whatever checks tokens, is out of reach. */
	STORE_UNAVAILABLE(4006),

	/** No HELLO in time: one of the two sides is too busy. */
	HELLO_TIMEOUT(4007),

	/** There are too many sessions to open another one. */
	OVERLOADED(4008),

	/** The peer broke the protocol. */
	PROTOCOL(4500),

	/** No valid credentials. */
	UNAUTHENTICATED(4501),

	/** Not allowed, or a foreign origin. */
	FORBIDDEN(4502),

	/** The session was ended. */
	SESSION_ENDED(4503),

	/** A newer connection took the session over. */
	SUPERSEDED(4504),

	/** Something exceeds a size limit. */
	TOO_LARGE(4505),

	/** The version is not supported. */
	VERSION(4506),

	/** Too many pings. */
	RATE(4507);

	private static final int MESSAGE_TOO_BIG = 1009;

	private final int code;

	CloseCode(int code) {
		this.code = code;
	}

	/**
	 * The number on the wire.
	 * @return 4000 to 4999
	 */
	public int code() {
		return this.code;
	}

	/**
	 * A close code for logs and messages.
	 * @param code any WebSocket close code
	 * @return the number, and the name if it is one of these
	 */
	public static String describe(int code) {
		for (CloseCode known : values()) {
			if (known.code == code) {
				return code + " " + known;
			}
		}
		return (code == MESSAGE_TOO_BIG) ? code + " MESSAGE_TOO_BIG" : String.valueOf(code);
	}

	/**
	 * Whether a client that sees a close code connects again.
	 * @param code any WebSocket close code, 1005 and 1006 included
	 * @return {@code false} for 4500 to 4999 and for 1009, which stands for
	 * {@link #TOO_LARGE}
	 */
	public static boolean allowsReconnect(int code) {
		return code != MESSAGE_TOO_BIG && (code < 4500 || code > 4999);
	}

}
