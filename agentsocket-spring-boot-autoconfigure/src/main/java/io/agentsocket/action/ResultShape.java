package io.agentsocket.action;

/**
 * Shape of the results of an action. Implements section 17.3 of {@code docs/protocol.md}
 * (key {@code result} of a descriptor).
 */
public enum ResultShape {

	/** Nothing but the end. */
	NONE,

	/** A single value. */
	VALUE,

	/** A stream of values, one DATA frame each. */
	ITEMS,

	/** A stream of {@code CharSequence}, one TEXT frame each. */
	TEXT,

	/** A stream of {@code byte[]} or {@code Bytes}, sent as BYTES frames. */
	BYTES

}
