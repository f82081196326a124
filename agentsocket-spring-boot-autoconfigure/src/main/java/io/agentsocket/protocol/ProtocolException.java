package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;

/**
 * A rule of the wire is broken, or the connection cannot go on for another reason. Ends
 * the connection with the {@linkplain #closeCode() close code}; the message names the
 * rule and is safe to send.
 */
@Internal
public final class ProtocolException extends AgentSocketException {

	private static final long serialVersionUID = 1L;

	private final CloseCode closeCode;

	/**
	 * Create an exception.
	 * @param closeCode code that the connection closes with
	 * @param message the rule that was broken, at most 120 bytes, without anything that
	 * came from the peer
	 */
	public ProtocolException(CloseCode closeCode, String message) {
		super(message, null);
		this.closeCode = closeCode;
	}

	/**
	 * The close code.
	 * @return the code that the connection closes with
	 */
	public CloseCode closeCode() {
		return this.closeCode;
	}

	static ProtocolException violation(String rule) {
		return new ProtocolException(CloseCode.PROTOCOL, rule);
	}

	static ProtocolException tooLarge(String rule) {
		return new ProtocolException(CloseCode.TOO_LARGE, rule);
	}

	/** The cause is the bytes, not the stack: cheap to throw for a flood of bad input. */
	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
