package io.agentsocket.transport;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;

import org.springframework.http.HttpHeaders;

/**
 * Connects through Reactor Netty like Spring's own client, and keeps nothing of the
 * upgrade. An upgrade that fails is an error and no line of the log. Thread-safe.
 */
public final class NettyConnector implements SocketConnector {

	private final HttpClient http;

	private final int maxFramePayloadLength;

	/**
	 * Create a connector.
	 * @param http connects
	 * @param maxFramePayloadLength bytes of the largest message
	 */
	public NettyConnector(HttpClient http, int maxFramePayloadLength) {
		this.http = http;
		this.maxFramePayloadLength = maxFramePayloadLength;
	}

	@Override
	public Mono<Void> connect(URI uri, HttpHeaders headers, String subProtocol,
			Function<Supplier<Socket>, Mono<Void>> handler) {
		WebsocketClientSpec spec = WebsocketClientSpec.builder()
			.maxFramePayloadLength(this.maxFramePayloadLength)
			.protocols(subProtocol)
			.build();
		return Mono.defer(() -> {
			Sinks.Empty<Void> failure = Sinks.empty();
			Mono<Void> connection = this.http.headers((sent) -> headers.forEach(sent::set))
				.doOnRequest((request, connected) -> connected.channel()
					.pipeline()
					.addAfter(NettyPipeline.HttpCodec, UpgradeWatch.NAME,
							new UpgradeWatch(failure, List.of(subProtocol))))
				.websocket(spec)
				.uri(uri)
				.handle((inbound, outbound) -> {
					outbound.withConnection((connected) -> connected.addHandlerLast(MessageMasking.INSTANCE));
					return handler.apply(() -> new NettySocket(inbound, outbound, this.maxFramePayloadLength));
				})
				.next();
			return Mono.firstWithSignal(failure.asMono(), connection);
		});
	}

}
