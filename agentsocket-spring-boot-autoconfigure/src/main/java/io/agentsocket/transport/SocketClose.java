package io.agentsocket.transport;

import org.jspecify.annotations.Nullable;

/**
 * How a socket was closed.
 *
 * @param code the close code, {@value #ABNORMAL} when the connection broke
 * @param reason the text of the close frame, for logs only
 */
public record SocketClose(int code, String reason) {

	/** Code of a connection that broke. */
	public static final int ABNORMAL = 1006;

	/** The connection broke. */
	public static final SocketClose BROKEN = new SocketClose(ABNORMAL, "");

	/**
	 * How a socket was closed.
	 * @param code the close code
	 * @param reason the text of the close frame, or {@code null}
	 * @return the same
	 */
	public static SocketClose of(int code, @Nullable String reason) {
		return new SocketClose(code, (reason != null) ? reason : "");
	}

}
