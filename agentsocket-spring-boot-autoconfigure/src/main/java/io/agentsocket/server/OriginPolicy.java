package io.agentsocket.server;

import java.net.URI;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.util.UriComponents;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Decides which pages may open a socket. Without an {@code Origin} header the client is
 * no browser and is let through; a foreign origin is refused unless it is allowed.
 * Implements section 3.4 of {@code docs/protocol.md}.
 */
final class OriginPolicy {

	private static final int HTTP = 80;

	private static final int HTTPS = 443;

	private final @Nullable CorsConfiguration allowed;

	OriginPolicy(List<String> origins, List<String> patterns) {
		if (origins.isEmpty() && patterns.isEmpty()) {
			this.allowed = null;
			return;
		}
		CorsConfiguration configuration = new CorsConfiguration();
		configuration.setAllowedOrigins(origins);
		configuration.setAllowedOriginPatterns(patterns);
		this.allowed = configuration;
	}

	boolean allows(UpgradeAttempt request) {
		List<String> origins = request.headers().getOrEmpty(HttpHeaders.ORIGIN);
		if (origins.isEmpty()) {
			return true;
		}
		if (origins.size() > 1) {
			return false;
		}
		return !isForeign(request.uri(), origins.get(0))
				|| (this.allowed != null && this.allowed.checkOrigin(origins.get(0)) != null);
	}

	/**
	 * Whether the origin is another one than the server's; a value that is none is
	 * foreign.
	 */
	private static boolean isForeign(URI server, String origin) {
		try {
			UriComponents parts = UriComponentsBuilder.fromUriString(origin).build();
			return !isOrigin(origin, parts) || server.getScheme() == null
					|| !server.getScheme().equals(parts.getScheme()) || server.getHost() == null
					|| !server.getHost().equalsIgnoreCase(parts.getHost())
					|| port(server.getScheme(), server.getPort()) != port(parts.getScheme(), parts.getPort());
		}
		catch (IllegalArgumentException ex) {
			return true;
		}
	}

	/** An origin has a scheme, a host and perhaps a port, and nothing else. */
	private static boolean isOrigin(String origin, UriComponents parts) {
		String port = (parts.getPort() != -1) ? ":" + parts.getPort() : "";
		return origin.equalsIgnoreCase(parts.getScheme() + "://" + parts.getHost() + port);
	}

	private static int port(@Nullable String scheme, int port) {
		if (port != -1) {
			return port;
		}
		return ("https".equals(scheme) || "wss".equals(scheme)) ? HTTPS : HTTP;
	}

}
