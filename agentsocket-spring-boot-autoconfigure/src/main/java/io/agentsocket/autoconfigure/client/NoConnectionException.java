package io.agentsocket.autoconfigure.client;

import java.time.Duration;

import io.agentsocket.autoconfigure.ClientProperties;
import org.jspecify.annotations.Nullable;

/**
 * The client did not connect when the application started.
 */
final class NoConnectionException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	NoConnectionException(ClientProperties client, String reason, @Nullable Throwable cause) {
		super("No connection to " + client.addresses() + " within " + limit(client).toMillis() + " ms: " + reason,
				cause);
	}

	/** Addresses are tried one after the other, and each of them has its time. */
	static Duration limit(ClientProperties client) {
		return client.connectTimeout().multipliedBy(client.addresses().size());
	}

}
