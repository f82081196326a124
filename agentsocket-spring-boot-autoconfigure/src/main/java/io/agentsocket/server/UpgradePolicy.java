package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.server.bounds.Addresses;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.transport.WebSocketKeys;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * Decides what becomes a connection: refuses what cannot be one with an HTTP status,
 * before it is upgraded. Implements section 3 of {@code docs/protocol.md}. Thread-safe.
 */
@Internal
public final class UpgradePolicy {

	/** Header with the sub-protocols of a client. */
	public static final String PROTOCOL_HEADER = "Sec-WebSocket-Protocol";

	private static final Log logger = PrintableLog.of(UpgradePolicy.class);

	private static final String VERSION_HEADER = "Sec-WebSocket-Version";

	private static final String VERSION = "13";

	private final AgentSocketServer server;

	private final OriginPolicy origins;

	private final HostPolicy hosts;

	private final AtomicBoolean hostRefused = new AtomicBoolean();

	/**
	 * Create a policy.
	 * @param server serves the sockets
	 * @param allowedOrigins origins of pages that may connect, beside the server's own
	 * @param allowedOriginPatterns the same, as patterns
	 * @param allowedHosts names in the {@code Host} header, without ports, {@code *.} and
	 * a domain for all below it; when empty, every name but on loopback, where it has to
	 * be one of this machine
	 */
	public UpgradePolicy(AgentSocketServer server, List<String> allowedOrigins, List<String> allowedOriginPatterns,
			List<String> allowedHosts) {
		this.server = server;
		this.origins = new OriginPolicy(allowedOrigins, allowedOriginPatterns);
		this.hosts = new HostPolicy(allowedHosts);
	}

	/**
	 * Decide about a request.
	 * @param request the request
	 * @return the decision
	 */
	public Verdict check(UpgradeAttempt request) {
		Verdict verdict = decide(request);
		if (verdict.subProtocol() == null) {
			this.server.bounds().refusedHandshakes().count(verdict.status().value());
		}
		return verdict;
	}

	private Verdict decide(UpgradeAttempt request) {
		HttpHeaders headers = request.headers();
		if (!request.method().equals(HttpMethod.GET.name())) {
			HttpHeaders allow = new HttpHeaders();
			allow.setAllow(Set.of(HttpMethod.GET));
			return refuse(HttpStatus.METHOD_NOT_ALLOWED, "not a GET request", allow);
		}
		if (!"websocket".equalsIgnoreCase(headers.getUpgrade())) {
			HttpHeaders upgrade = new HttpHeaders();
			upgrade.setUpgrade("websocket");
			return refuse(HttpStatus.UPGRADE_REQUIRED, "not a WebSocket upgrade", upgrade);
		}
		if (!VERSION.equals(headers.getFirst(VERSION_HEADER))) {
			HttpHeaders version = new HttpHeaders();
			version.set(VERSION_HEADER, VERSION);
			return refuse(HttpStatus.UPGRADE_REQUIRED, "another version of WebSocket", version);
		}
		if (headers.getConnection().stream().noneMatch("upgrade"::equalsIgnoreCase)) {
			return refuse(HttpStatus.BAD_REQUEST, "the connection is not to be upgraded");
		}
		if (!WebSocketKeys.isKey(headers.getFirst("Sec-WebSocket-Key"))) {
			return refuse(HttpStatus.BAD_REQUEST, "no key of 16 bytes");
		}
		if (!this.hosts.allows(request)) {
			if (this.hostRefused.compareAndSet(false, true)) {
				logger.warn("Refused an upgrade for a foreign host name. If the application is reached under it, "
						+ "add it to agentsocket.server.allowed-hosts. Further ones are logged at debug level.");
			}
			return refuse(HttpStatus.FORBIDDEN, "a foreign host name");
		}
		if (!this.origins.allows(request)) {
			return refuse(HttpStatus.FORBIDDEN, "a foreign origin");
		}
		String subProtocol = subProtocol(headers);
		if (subProtocol == null) {
			return refuse(HttpStatus.BAD_REQUEST, "no known sub-protocol");
		}
		Verdict full = full(request);
		return (full != null) ? full : new Verdict(subProtocol, HttpStatus.SWITCHING_PROTOCOLS, HttpHeaders.EMPTY);
	}

	/**
	 * Refuse sockets that there is no room for: sockets without a session only, which
	 * have said HELLO or are closed in some seconds. Sessions are refused at HELLO, since
	 * nobody knows before who resumes one.
	 */
	private @Nullable Verdict full(UpgradeAttempt request) {
		if (this.server.isDraining()) {
			return refuse(HttpStatus.SERVICE_UNAVAILABLE, "draining", this.server.settings().drainSpread());
		}
		PodBounds bounds = this.server.bounds();
		Duration soon = this.server.settings().helloTimeout();
		Refusal obstacle = bounds.handshakes().obstacle(Addresses.key(request.remoteAddress()));
		if (obstacle == null) {
			return null;
		}
		bounds.refusals().count(obstacle);
		return (obstacle == Refusal.HANDSHAKES)
				? refuse(HttpStatus.SERVICE_UNAVAILABLE, "too many sockets without a session", soon)
				: refuse(HttpStatus.TOO_MANY_REQUESTS, "too many sockets without a session from its address", soon);
	}

	/**
	 * Refuse for now. Agents that are refused together come back one after the other.
	 * @param spread time over which they do
	 */
	private static Verdict refuse(HttpStatus status, String reason, Duration spread) {
		HttpHeaders headers = new HttpHeaders();
		long after = 1 + ThreadLocalRandom.current().nextLong(Math.max(1, spread.toSeconds()));
		headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(after));
		return refuse(status, reason, headers);
	}

	/**
	 * The client's first choice that is known; white space around names means nothing.
	 */
	private @Nullable String subProtocol(HttpHeaders headers) {
		List<String> offered = new ArrayList<>();
		for (String line : headers.getOrEmpty(PROTOCOL_HEADER)) {
			for (String name : StringUtils.commaDelimitedListToStringArray(line)) {
				offered.add(name.trim());
			}
		}
		offered.retainAll(this.server.subProtocols());
		return offered.isEmpty() ? null : offered.get(0);
	}

	private static Verdict refuse(HttpStatus status, String reason) {
		return refuse(status, reason, HttpHeaders.EMPTY);
	}

	private static Verdict refuse(HttpStatus status, String reason, HttpHeaders headers) {
		if (logger.isDebugEnabled()) {
			logger.debug("Refused an upgrade with " + status.value() + ": " + reason);
		}
		return new Verdict(null, status, headers);
	}

	/**
	 * The answer to a request.
	 *
	 * @param subProtocol the chosen sub-protocol, or {@code null} when there is no
	 * connection
	 * @param status the status of the response
	 * @param headers headers of a refusal
	 */
	public record Verdict(@Nullable String subProtocol, HttpStatus status, HttpHeaders headers) {
	}

}
