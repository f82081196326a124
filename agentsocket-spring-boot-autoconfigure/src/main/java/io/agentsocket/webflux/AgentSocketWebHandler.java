package io.agentsocket.webflux;

import java.util.List;
import java.util.function.Supplier;

import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.UpgradePolicy;
import io.agentsocket.server.UpgradePolicy.Verdict;
import io.agentsocket.server.UpgradeRequest;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.SpringSocket;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.socket.HandshakeInfo;
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
public final class AgentSocketWebHandler implements WebHandler {

	private final AgentSocketServer server;

	private final WebSocketService upgrades;

	private final UpgradePolicy policy;

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
		this.policy = new UpgradePolicy(server, allowedOrigins, allowedOriginPatterns, allowedHosts);
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpRequest request = exchange.getRequest();
		Verdict verdict = this.policy.check(new WebAttempt(request));
		String subProtocol = verdict.subProtocol();
		if (subProtocol == null) {
			exchange.getResponse().getHeaders().putAll(verdict.headers());
			exchange.getResponse().setStatusCode(verdict.status());
			return exchange.getResponse().setComplete();
		}
		NativeRequests.setHeader(request, UpgradePolicy.PROTOCOL_HEADER, subProtocol);
		ServerWebExchange chosen = exchange.mutate().request((builder) -> builder.headers((headers) -> {
			headers.set(UpgradePolicy.PROTOCOL_HEADER, subProtocol);
			// Spring knows no other case of it.
			headers.set(HttpHeaders.CONNECTION, "Upgrade");
		})).build();
		return this.upgrades.handleRequest(chosen, new Handler(this.server, subProtocol));
	}

	private record Handler(AgentSocketServer server, String subProtocol) implements WebSocketHandler {

		@Override
		public List<String> getSubProtocols() {
			return List.of(this.subProtocol);
		}

		@Override
		public Mono<Void> handle(WebSocketSession session) {
			HandshakeInfo handshake = session.getHandshakeInfo();
			UpgradeRequest upgrade = new UpgradeRequest(handshake.getUri(), handshake.getHeaders(),
					handshake.getRemoteAddress(), handshake.getPrincipal());
			return this.server.serve(socket(session), this.subProtocol, upgrade);
		}

		private static Supplier<Socket> socket(WebSocketSession session) {
			Supplier<Socket> netty = NettySessions.socket(session);
			return (netty != null) ? netty : () -> new SpringSocket(session);
		}

	}

}
