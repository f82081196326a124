package io.agentsocket.relay;

/**
 * Access of an action to the state that functions share in a session. Implements section
 * 8 of {@code docs/function-protocol.md}.
 */
public enum StateAccess {

	/** Neither reads nor changes it. */
	NONE,

	/** Reads it. */
	READ,

	/** Reads and changes it; such invocations of a session run one after the other. */
	WRITE

}
