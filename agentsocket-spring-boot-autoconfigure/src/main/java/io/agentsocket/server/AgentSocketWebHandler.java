package io.agentsocket.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.annotation.Internal;
import io.agentsocket.transport.NativeRequests;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * The upgrade: refuses what cannot become a connection with an HTTP status, before it is
 * upgraded, and hands the rest to the server. Implements section 3 of
 * {@code docs/protocol.md}.
 */
@Internal
public final class AgentSocketWebHandler implements WebHandler {

	private static final Log logger = LogFactory.getLog(AgentSocketWebHandler.class);

	private static final String PROTOCOL_HEADER = "Sec-WebSocket-Protocol";

	private static final String VERSION = "13";

	private final AgentSocketServer server;

	private final WebSocketService upgrades;

	private final OriginPolicy origins;

	private final HostPolicy hosts;

	private final AtomicBoolean hostRefused = new AtomicBoolean();

	/**
	 * Create a handler.
	 * @param server serves the sockets
	 * @param upgrades performs the upgrade; must accept messages as large as the server
	 * @param allowedOrigins origins of pages that may connect, beside the server's own
	 * @param allowedOriginPatterns the same, as patterns
	 */
	public AgentSocketWebHandler(AgentSocketServer server, WebSocketService upgrades, List<String> allowedOrigins,
			List<String> allowedOriginPatterns) {
		this(server, upgrades, allowedOrigins, allowedOriginPatterns, List.of());
	}

	/**
	 * Create a handler that is reached under certain host names.
	 * @param server serves the sockets
	 * @param upgrades performs the upgrade; must accept messages as large as the server
	 * @param allowedOrigins origins of pages that may connect, beside the server's own
	 * @param allowedOriginPatterns the same, as patterns
	 * @param allowedHosts names in the {@code Host} header, without ports, {@code *.} and
	 * a domain for all below it; when empty, every name but on loopback, where it has to
	 * be one of this machine
	 */
	public AgentSocketWebHandler(AgentSocketServer server, WebSocketService upgrades, List<String> allowedOrigins,
			List<String> allowedOriginPatterns, List<String> allowedHosts) {
		this.server = server;
		this.upgrades = upgrades;
		this.origins = new OriginPolicy(allowedOrigins, allowedOriginPatterns);
		this.hosts = new HostPolicy(allowedHosts);
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpRequest request = exchange.getRequest();
		if (request.getMethod() != HttpMethod.GET) {
			exchange.getResponse().getHeaders().setAllow(Set.of(HttpMethod.GET));
			return refuse(exchange, HttpStatus.METHOD_NOT_ALLOWED, "not a GET request");
		}
		if (!"websocket".equalsIgnoreCase(request.getHeaders().getUpgrade())) {
			exchange.getResponse().getHeaders().setUpgrade("websocket");
			return refuse(exchange, HttpStatus.UPGRADE_REQUIRED, "not a WebSocket upgrade");
		}
		if (!VERSION.equals(request.getHeaders().getFirst("Sec-WebSocket-Version"))) {
			exchange.getResponse().getHeaders().set("Sec-WebSocket-Version", VERSION);
			return refuse(exchange, HttpStatus.UPGRADE_REQUIRED, "another version of WebSocket");
		}
		if (request.getHeaders().getConnection().stream().noneMatch("upgrade"::equalsIgnoreCase)) {
			return refuse(exchange, HttpStatus.BAD_REQUEST, "the connection is not to be upgraded");
		}
		if (!StringUtils.hasText(request.getHeaders().getFirst("Sec-WebSocket-Key"))) {
			return refuse(exchange, HttpStatus.BAD_REQUEST, "no key");
		}
		if (!this.hosts.allows(request)) {
			if (this.hostRefused.compareAndSet(false, true)) {
				logger.warn("Refused an upgrade for a foreign host name. If the application is reached under it, "
						+ "add it to agentsocket.server.allowed-hosts. Further ones are logged at debug level.");
			}
			return refuse(exchange, HttpStatus.FORBIDDEN, "a foreign host name");
		}
		if (!this.origins.allows(request)) {
			return refuse(exchange, HttpStatus.FORBIDDEN, "a foreign origin");
		}
		String subProtocol = subProtocol(request.getHeaders());
		if (subProtocol == null) {
			return refuse(exchange, HttpStatus.BAD_REQUEST, "no known sub-protocol");
		}
		if (!this.server.isAccepting()) {
			return refuse(exchange, HttpStatus.SERVICE_UNAVAILABLE, "draining, or too many sessions");
		}
		NativeRequests.setHeader(request, PROTOCOL_HEADER, subProtocol);
		ServerWebExchange chosen = exchange.mutate().request((builder) -> builder.headers((headers) -> {
			headers.set(PROTOCOL_HEADER, subProtocol);
			// Spring knows no other case of it.
			headers.set(HttpHeaders.CONNECTION, "Upgrade");
		})).build();
		return this.upgrades.handleRequest(chosen, new Handler(this.server, subProtocol));
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

	private Mono<Void> refuse(ServerWebExchange exchange, HttpStatus status, String reason) {
		if (logger.isDebugEnabled()) {
			logger.debug("Refused an upgrade with " + status.value() + ": " + reason);
		}
		exchange.getResponse().setStatusCode(status);
		return exchange.getResponse().setComplete();
	}

	private record Handler(AgentSocketServer server, String subProtocol) implements WebSocketHandler {

		@Override
		public List<String> getSubProtocols() {
			return List.of(this.subProtocol);
		}

		@Override
		public Mono<Void> handle(WebSocketSession session) {
			return this.server.serve(session);
		}

	}

}
