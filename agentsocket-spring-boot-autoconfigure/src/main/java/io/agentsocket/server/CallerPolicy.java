package io.agentsocket.server;

import java.util.List;

import io.agentsocket.annotation.Internal;

import org.springframework.http.HttpHeaders;

/**
 * Decides which pages may call an endpoint, and under which host names it may be reached,
 * for requests that are not upgraded. Thread-safe.
 */
@Internal
public final class CallerPolicy {

	private final OriginPolicy origins;

	private final HostPolicy hosts;

	/**
	 * Create a policy.
	 * @param allowedOrigins origins of pages that may call, beside the server's own
	 * @param allowedOriginPatterns the same, as patterns
	 * @param allowedHosts names in the {@code Host} header, without ports, {@code *.} and
	 * a domain for all below it; when empty, every name but on loopback, where it has to
	 * be one of this machine
	 */
	public CallerPolicy(List<String> allowedOrigins, List<String> allowedOriginPatterns, List<String> allowedHosts) {
		this.origins = new OriginPolicy(allowedOrigins, allowedOriginPatterns);
		this.hosts = new HostPolicy(allowedHosts);
	}

	/**
	 * Whether a request may come in.
	 * @param request the request
	 * @return {@code false} when its page or its host name is a foreign one
	 */
	public boolean allows(UpgradeAttempt request) {
		// Browsers send the origin with each request that a script can give headers to.
		boolean page = request.hasHeader(List.of(HttpHeaders.ORIGIN));
		return (page ? this.hosts.allowsScript(request) : this.hosts.allows(request)) && this.origins.allows(request);
	}

}
