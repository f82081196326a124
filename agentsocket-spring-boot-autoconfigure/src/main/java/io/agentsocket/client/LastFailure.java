package io.agentsocket.client;

import java.time.Duration;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Why a client has no connection, in one line, and the errors that say so. Written in the
 * peer's loop, read on any thread.
 */
final class LastFailure {

	private volatile @Nullable String line;

	/** The reason; {@code null} while there is none. */
	@Nullable String line() {
		return this.line;
	}

	/** There is another reason, or none any more. */
	void set(@Nullable String reason) {
		this.line = reason;
	}

	/**
	 * The error of whatever has waited for a connection for too long.
	 * @param addresses the addresses of the server, for the time when none has failed
	 * @param waited how long it has waited
	 */
	ActionException unavailable(ServerAddresses addresses, Duration waited) {
		String known = this.line;
		String reason = (known != null) ? known : addresses + ": no answer within " + waited.toMillis() + " ms";
		return new ActionException(ErrorCode.UNAVAILABLE, "There is no connection to " + reason).retryable().foreign();
	}

	/** The reason in parentheses, behind another sentence; empty while there is none. */
	String because() {
		String known = this.line;
		return (known != null) ? " (" + known + ")" : "";
	}

}
