package io.agentsocket.autoconfigure.server;

import io.agentsocket.protocol.Limits;
import io.agentsocket.webflux.ReactorNettyUpgradeStrategy;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.upgrade.StandardWebSocketUpgradeStrategy;
import org.springframework.web.server.ServerWebExchange;

/**
 * Upgrades requests of this endpoint only, so that no other WebSocket endpoint of the
 * application sees its limits.
 */
final class Upgrades implements WebSocketService {

	private static final boolean REACTOR_NETTY = isPresent("reactor.netty.http.server.WebsocketServerSpec");

	private static final boolean JAKARTA_WEBSOCKET = isPresent("jakarta.websocket.server.ServerContainer");

	private final @Nullable WebSocketService reactorNetty;

	private final WebSocketService others;

	/**
	 * Create the service. It admits somewhat larger messages than the limits say, so that
	 * who sends one sees the protocol's own close code.
	 * @param limits the limits
	 */
	Upgrades(Limits limits) {
		int max = (int) Math.min(Integer.MAX_VALUE, (long) limits.message() + limits.frame());
		this.reactorNetty = REACTOR_NETTY ? ReactorNetty.service(max) : null;
		this.others = others();
	}

	/** The default, unless that takes any other server for Reactor Netty. */
	private static WebSocketService others() {
		HandshakeWebSocketService standard = new HandshakeWebSocketService();
		return (JAKARTA_WEBSOCKET && REACTOR_NETTY && ReactorNetty.isUsedBy(standard))
				? new HandshakeWebSocketService(new StandardWebSocketUpgradeStrategy()) : standard;
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, Upgrades.class.getClassLoader());
	}

	@Override
	public Mono<Void> handleRequest(ServerWebExchange exchange, WebSocketHandler handler) {
		WebSocketService own = this.reactorNetty;
		boolean onReactorNetty = own != null && ReactorNetty.serves(exchange.getResponse());
		return (own != null && onReactorNetty) ? own.handleRequest(exchange, handler)
				: this.others.handleRequest(exchange, handler);
	}

	private static final class ReactorNetty {

		private ReactorNetty() {
		}

		static WebSocketService service(int max) {
			return new HandshakeWebSocketService(new ReactorNettyUpgradeStrategy(max));
		}

		static boolean isUsedBy(HandshakeWebSocketService service) {
			return service.getUpgradeStrategy() instanceof ReactorNettyRequestUpgradeStrategy;
		}

		static boolean serves(ServerHttpResponse response) {
			ServerHttpResponse present = response;
			while (present instanceof ServerHttpResponseDecorator decorator) {
				present = decorator.getDelegate();
			}
			return present instanceof AbstractServerHttpResponse server
					&& server.<Object>getNativeResponse() instanceof HttpServerResponse;
		}

	}

}
