package io.agentsocket.transport;

import java.net.URI;
import java.util.List;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;
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
 * upgrade. An upgrade that fails is an error and no line of the log. Thread-safe.
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
		List<String> subProtocols = handler.getSubProtocols();
		if (!subProtocols.isEmpty()) {
			spec.protocols(StringUtils.collectionToCommaDelimitedString(subProtocols));
		}
		return Mono.defer(() -> {
			Sinks.Empty<Void> failure = Sinks.empty();
			Mono<Void> connection = this.http.headers((headers) -> requestHeaders.forEach(headers::set))
				.doOnRequest((request, connected) -> connected.channel()
					.pipeline()
					.addAfter(NettyPipeline.HttpCodec, UpgradeWatch.NAME, new UpgradeWatch(failure, subProtocols)))
				.websocket(spec.build())
				.uri(url)
				.handle((inbound, outbound) -> {
					outbound.withConnection((connected) -> connected.addHandlerLast(MessageMasking.INSTANCE));
					return handler.handle(new NettySession(inbound, outbound, handshake(url, inbound),
							new NettyDataBufferFactory(outbound.alloc()), this.maxFramePayloadLength));
				})
				.next();
			return Mono.firstWithSignal(failure.asMono(), connection);
		});
	}

	private static HandshakeInfo handshake(URI url, WebsocketInbound inbound) {
		HttpHeaders headers = new HttpHeaders();
		inbound.headers().forEach((entry) -> headers.add(entry.getKey(), entry.getValue()));
		return new HandshakeInfo(url, headers, Mono.empty(), inbound.selectedSubprotocol());
	}

}
