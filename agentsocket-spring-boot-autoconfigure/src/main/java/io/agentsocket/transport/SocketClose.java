package io.agentsocket.transport;

import org.jspecify.annotations.Nullable;

/**
 * How a socket was closed.
 *
 * @param code the close code, {@value #ABNORMAL} when the connection broke
 * @param reason the text of the close frame, for logs only
 */
record SocketClose(int code, String reason) {

	/** Code of a connection that broke. */
	static final int ABNORMAL = 1006;

	/** The connection broke. */
	static final SocketClose BROKEN = new SocketClose(ABNORMAL, "");

	static SocketClose of(int code, @Nullable String reason) {
		return new SocketClose(code, (reason != null) ? reason : "");
	}

}
