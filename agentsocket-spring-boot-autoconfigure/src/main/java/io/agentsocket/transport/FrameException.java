package io.agentsocket.transport;

/**
 * A WebSocket frame that RFC 6455 does not allow, or one too many.
 */
public final class FrameException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final int closeCode;

	/**
	 * Create an exception.
	 * @param closeCode code with which the connection is closed
	 * @param rule the rule that was broken, for the close frame
	 */
	public FrameException(int closeCode, String rule) {
		super(rule, null, false, false);
		this.closeCode = closeCode;
	}

	/**
	 * The code that the connection is closed with.
	 * @return the code
	 */
	public int closeCode() {
		return this.closeCode;
	}

}
