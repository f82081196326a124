package io.agentsocket.webflux;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.server.ServerWebExchange;

/**
 * Upgrades on Reactor Netty like Spring's own strategy, with two differences. It keeps
 * nothing: the checkpoint of that one holds the session, and with it the headers and
 * cookies of the request, as long as the connection. And it upgrades on the event loop of
 * the connection, wherever the filters of the application have finished: what a client
 * sends right after the response is read there, and would be lost while another thread is
 * still putting the WebSocket in place of HTTP.
 */
public final class ReactorNettyUpgradeStrategy implements RequestUpgradeStrategy {

	private final int maxFramePayloadLength;

	/**
	 * Create a strategy.
	 * @param maxFramePayloadLength bytes of the largest message
	 */
	public ReactorNettyUpgradeStrategy(int maxFramePayloadLength) {
		this.maxFramePayloadLength = maxFramePayloadLength;
	}

	@Override
	public Mono<Void> upgrade(ServerWebExchange exchange, WebSocketHandler handler, @Nullable String subProtocol,
			Supplier<HandshakeInfo> handshakeInfo) {
		ServerHttpResponse response = exchange.getResponse();
		HttpServerResponse upgraded = ServerHttpResponseDecorator.getNativeResponse(response);
		HandshakeInfo handshake = handshakeInfo.get();
		NettyDataBufferFactory buffers = (NettyDataBufferFactory) response.bufferFactory();
		// The application's actions before a commit of the response are done first.
		return response.setComplete()
			.then(Mono.defer(() -> upgraded.sendWebsocket(
					(inbound, outbound) -> handler
						.handle(new NettySession(inbound, outbound, handshake, buffers, this.maxFramePayloadLength)),
					spec(subProtocol)))
				.subscribeOn(Schedulers.fromExecutor(eventLoop(upgraded))));
	}

	private static Executor eventLoop(HttpServerResponse response) {
		List<Executor> loops = new ArrayList<>(1);
		response.withConnection((connection) -> loops.add(connection.channel().eventLoop()));
		return loops.get(0);
	}

	private WebsocketServerSpec spec(@Nullable String subProtocol) {
		WebsocketServerSpec.Builder builder = WebsocketServerSpec.builder()
			.maxFramePayloadLength(this.maxFramePayloadLength)
			.compress(false);
		return ((subProtocol != null) ? builder.protocols(subProtocol) : builder).build();
	}

}
