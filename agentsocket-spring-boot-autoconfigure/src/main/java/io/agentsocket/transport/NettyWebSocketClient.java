package io.agentsocket.transport;

import java.net.URI;

import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.websocket.WebsocketInbound;

import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Connects through Reactor Netty like Spring's own client, and keeps nothing of the
 * upgrade. Thread-safe.
 */
public final class NettyWebSocketClient implements WebSocketClient {

	private final HttpClient http;

	private final int maxFramePayloadLength;

	/**
	 * Create a client.
	 * @param http connects
	 * @param maxFramePayloadLength bytes of the largest message
	 */
	public NettyWebSocketClient(HttpClient http, int maxFramePayloadLength) {
		this.http = http;
		this.maxFramePayloadLength = maxFramePayloadLength;
	}

	@Override
	public Mono<Void> execute(URI url, WebSocketHandler handler) {
		return execute(url, HttpHeaders.EMPTY, handler);
	}

	@Override
	public Mono<Void> execute(URI url, HttpHeaders requestHeaders, WebSocketHandler handler) {
		WebsocketClientSpec.Builder spec = WebsocketClientSpec.builder()
			.maxFramePayloadLength(this.maxFramePayloadLength);
		if (!handler.getSubProtocols().isEmpty()) {
			spec.protocols(StringUtils.collectionToCommaDelimitedString(handler.getSubProtocols()));
		}
		return this.http.headers((headers) -> requestHeaders.forEach(headers::set))
			.websocket(spec.build())
			.uri(url.toString())
			.handle((inbound, outbound) -> {
				outbound.withConnection((connection) -> connection.addHandlerLast(MessageMasking.INSTANCE));
				return handler.handle(new NettySession(inbound, outbound, handshake(url, inbound),
						new NettyDataBufferFactory(outbound.alloc()), this.maxFramePayloadLength));
			})
			.next();
	}

	private static HandshakeInfo handshake(URI url, WebsocketInbound inbound) {
		HttpHeaders headers = new HttpHeaders();
		inbound.headers().forEach((entry) -> headers.add(entry.getKey(), entry.getValue()));
		return new HandshakeInfo(url, headers, Mono.empty(), inbound.selectedSubprotocol());
	}

}
