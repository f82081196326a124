package io.agentsocket.client;

import java.net.URI;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Tells which addresses a client can connect to.
 */
@Internal
public final class ServerUris {

	private static final int MAX_PORT = 65535;

	private ServerUris() {
	}

	static URI checked(URI uri) {
		String problem = problem(uri);
		if (problem != null) {
			throw new IllegalArgumentException(problem);
		}
		return uri;
	}

	/**
	 * Look for a mistake in an address.
	 * @param uri the address
	 * @return the rule that it breaks, a sentence without its full stop, or {@code null}
	 */
	public static @Nullable String problem(URI uri) {
		String scheme = uri.getScheme();
		if (!"ws".equals(scheme) && !"wss".equals(scheme)) {
			return "The address starts with ws:// or wss://, not: " + uri;
		}
		if (uri.getHost() == null) {
			return "The address names no host: " + uri;
		}
		if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
			return "The port of an address is 1 to " + MAX_PORT + ", not: " + uri;
		}
		return (uri.getRawFragment() != null) ? "The address of a WebSocket has no fragment: " + uri : null;
	}

}
