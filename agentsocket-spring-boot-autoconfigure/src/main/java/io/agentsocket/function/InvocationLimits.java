package io.agentsocket.function;

import io.agentsocket.protocol.Limits;

/**
 * Limits of the two sides of an invocation in a function: the relay, and the engine that
 * runs the action.
 */
final class InvocationLimits {

	/**
	 * Items that the action may be ahead of the relay; bytes are bounded by the window.
	 */
	static final int CREDIT = 32;

	private static final int KB = 1024;

	/** Aliases save bytes only where names are sent again and again. */
	private static final int NO_ALIASES = 0;

	private InvocationLimits() {
	}

	/**
	 * The limits of the relay, as the engine sees them.
	 * @param item largest item that the relay takes, in bytes
	 * @return the limits
	 */
	static Limits ofRelay(int item) {
		int frame = Math.min(16 * KB, item);
		return new Limits(64 * KB, frame, item, Math.max(item, 4096 * KB), 16, CREDIT, 256 * KB, NO_ALIASES, 128,
				Math.min(4 * KB, frame), 32);
	}

	/**
	 * The limits of this side: it accepts an INVOKE whose arguments have filled a
	 * request, and may take more than twice as much in CBOR.
	 * @return the limits
	 */
	static Limits own() {
		int most = 4096 * KB;
		return new Limits(most, most, most, most, 16, CREDIT, 2 * most, NO_ALIASES, 128, 4 * KB, 32);
	}

}
