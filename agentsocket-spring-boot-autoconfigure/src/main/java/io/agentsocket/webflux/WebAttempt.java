package io.agentsocket.webflux;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collection;

import io.agentsocket.server.UpgradeAttempt;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * A request of WebFlux, before its upgrade, or without one.
 *
 * @param request the request
 */
record WebAttempt(ServerHttpRequest request) implements UpgradeAttempt {

	@Override
	public String method() {
		return this.request.getMethod().name();
	}

	@Override
	public URI uri() {
		return this.request.getURI();
	}

	@Override
	public HttpHeaders headers() {
		return this.request.getHeaders();
	}

	@Override
	public @Nullable InetSocketAddress localAddress() {
		return this.request.getLocalAddress();
	}

	@Override
	public @Nullable InetSocketAddress remoteAddress() {
		return this.request.getRemoteAddress();
	}

	@Override
	public boolean hasHeader(Collection<String> names) {
		return NativeRequests.hasHeader(this.request, names);
	}

}
