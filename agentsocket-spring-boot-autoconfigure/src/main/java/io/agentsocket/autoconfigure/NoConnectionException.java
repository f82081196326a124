package io.agentsocket.autoconfigure;

import java.util.concurrent.TimeoutException;

import io.agentsocket.autoconfigure.AgentSocketProperties.Client;
import org.jspecify.annotations.Nullable;

/**
 * The client did not connect when the application started.
 */
final class NoConnectionException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	NoConnectionException(Client client, @Nullable Throwable cause) {
		super("No connection to " + client.uri() + ((cause == null || cause instanceof TimeoutException)
				? " within " + client.connectTimeout().toMillis() + " ms" : ": " + cause.getMessage()), cause);
	}

}
