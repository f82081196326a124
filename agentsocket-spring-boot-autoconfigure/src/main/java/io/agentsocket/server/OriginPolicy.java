package io.agentsocket.server;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsUtils;

/**
 * Decides which pages may open a socket. Without an {@code Origin} header the client is
 * no browser and is let through; a foreign origin is refused unless it is allowed.
 * Implements section 3.4 of {@code docs/protocol.md}.
 */
final class OriginPolicy {

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

	boolean allows(ServerHttpRequest request) {
		List<String> origins = request.getHeaders().getOrEmpty(HttpHeaders.ORIGIN);
		if (origins.isEmpty()) {
			return true;
		}
		if (origins.size() > 1) {
			return false;
		}
		return !isForeign(request) || (this.allowed != null && this.allowed.checkOrigin(origins.get(0)) != null);
	}

	/** Whether the origin is another one than the server's; what is none is foreign. */
	private static boolean isForeign(ServerHttpRequest request) {
		try {
			return CorsUtils.isCorsRequest(request);
		}
		catch (IllegalArgumentException ex) {
			return true;
		}
	}

}
