package io.agentsocket.autoconfigure.client;

import io.agentsocket.autoconfigure.ClientProperties;
import org.jspecify.annotations.Nullable;

/**
 * The client did not connect when the application started.
 */
final class NoConnectionException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	NoConnectionException(ClientProperties client, String reason, @Nullable Throwable cause) {
		super("No connection to " + client.addresses() + " within " + client.connectTimeout().toMillis() + " ms: "
				+ reason, cause);
	}

}
