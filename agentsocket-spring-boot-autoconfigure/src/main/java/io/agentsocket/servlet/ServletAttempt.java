package io.agentsocket.servlet;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collection;

import io.agentsocket.server.UpgradeAttempt;
import io.agentsocket.server.bounds.Addresses;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServletServerHttpRequest;

/**
 * A request of a servlet application, before its upgrade.
 *
 * @param request the request, behind all filters
 * @param uri its address
 * @param headers its headers
 */
record ServletAttempt(HttpServletRequest request, URI uri, HttpHeaders headers) implements UpgradeAttempt {

	/** Set by Tomcat when it has taken headers of a proxy away. */
	private static final String FORWARDED = "org.apache.tomcat.request.forwarded";

	/**
	 * Look at a request.
	 * @throws IllegalStateException if its address is none
	 */
	static ServletAttempt of(HttpServletRequest request) {
		return new ServletAttempt(request, ServletServerHttpRequest.initURI(request),
				new ServletServerHttpRequest(request).getHeaders());
	}

	@Override
	public String method() {
		return this.request.getMethod();
	}

	@Override
	public @Nullable InetSocketAddress localAddress() {
		return address(this.request.getLocalAddr(), this.request.getLocalPort());
	}

	@Override
	public @Nullable InetSocketAddress remoteAddress() {
		return address(this.request.getRemoteAddr(), this.request.getRemotePort());
	}

	private static @Nullable InetSocketAddress address(@Nullable String host, int port) {
		return (host != null && port >= 0) ? Addresses.literal(host, port) : null;
	}

	@Override
	public boolean hasHeader(Collection<String> names) {
		HttpServletRequest original = this.request;
		while (original instanceof HttpServletRequestWrapper wrapper
				&& wrapper.getRequest() instanceof HttpServletRequest wrapped) {
			original = wrapped;
		}
		HttpServletRequest received = original;
		return received.getAttribute(FORWARDED) != null
				|| names.stream().anyMatch((name) -> received.getHeader(name) != null);
	}

}
