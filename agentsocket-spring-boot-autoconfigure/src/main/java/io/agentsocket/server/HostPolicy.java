package io.agentsocket.server;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Decides under which host names the endpoint may be reached. Against DNS rebinding: a
 * web page whose own name is made to point here is of the same origin as the endpoint,
 * but its name gives it away. Implements section 3.4 of {@code docs/protocol.md}.
 *
 * <p>
 * With a list of hosts only these are allowed. Without one, a server that is reached on
 * loopback accepts names of this machine and addresses only, as no page needs a name to
 * be rebound for them; a request that came through a proxy is not the browser's own, and
 * a page cannot pretend that.
 */
final class HostPolicy {

	/** Headers that proxies add, and no page can add to an upgrade. */
	private static final List<String> PROXY_HEADERS = List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
			"X-Forwarded-Proto", "X-Real-IP", "Via", "X-Request-Id");

	/** A header that proxies add, and no page can add to any request. */
	private static final List<String> PROXY_HEADERS_OF_PAGES = List.of("Via");

	private static final Pattern VERSION_4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

	private static final String ANY_BELOW = "*.";

	private final List<String> allowed;

	/**
	 * Create a policy.
	 * @param hosts names or addresses without ports, or {@code *.} and a domain for all
	 * names below it; empty for the safe ones
	 */
	HostPolicy(List<String> hosts) {
		this.allowed = hosts.stream().map((host) -> name(host.toLowerCase(Locale.ROOT))).toList();
	}

	/** Whether an upgrade, whose headers no page can set, may come in. */
	boolean allows(UpgradeAttempt request) {
		return allows(request, PROXY_HEADERS);
	}

	/**
	 * Whether a request of a page may come in that is not an upgrade: a script sets
	 * nearly all of its headers.
	 */
	boolean allowsScript(UpgradeAttempt request) {
		return allows(request, PROXY_HEADERS_OF_PAGES);
	}

	private boolean allows(UpgradeAttempt request, List<String> proxyHeaders) {
		List<String> fields = request.headers().getOrEmpty(HttpHeaders.HOST);
		if (fields.size() > 1) {
			return false;
		}
		String field = fields.isEmpty() ? null : fields.get(0);
		if (field == null) {
			// No browser leaves it out.
			return this.allowed.isEmpty();
		}
		String host = name(field.toLowerCase(Locale.ROOT));
		if (!this.allowed.isEmpty()) {
			return this.allowed.stream().anyMatch((pattern) -> matches(pattern, host));
		}
		return !isLoopback(request.localAddress()) || isOfThisMachine(host) || request.hasHeader(proxyHeaders);
	}

	private static boolean matches(String pattern, String host) {
		return pattern.startsWith(ANY_BELOW) ? host.endsWith(pattern.substring(1)) && host.length() >= pattern.length()
				: host.equals(pattern);
	}

	private static boolean isLoopback(@Nullable InetSocketAddress local) {
		return local != null && local.getAddress() != null && local.getAddress().isLoopbackAddress();
	}

	private static boolean isOfThisMachine(String host) {
		return host.equals("localhost") || host.endsWith(".localhost") || isAddress(host);
	}

	/** Whether a host is an IP address: an address cannot be rebound. */
	private static boolean isAddress(String host) {
		return host.startsWith("[") || VERSION_4.matcher(host).matches();
	}

	/** A host without its port, and without the dot at the end of a full name. */
	private static String name(String host) {
		int colon = host.lastIndexOf(':');
		String name = (colon > host.lastIndexOf(']')) ? host.substring(0, colon) : host;
		return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
	}

}
