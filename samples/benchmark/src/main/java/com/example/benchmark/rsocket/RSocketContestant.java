package com.example.benchmark.rsocket;

import java.net.InetSocketAddress;
import java.time.Duration;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Server;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.ClientTransport;
import io.rsocket.transport.ServerTransport;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.client.WebsocketClientTransport;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.transport.netty.server.WebsocketServerTransport;
import io.rsocket.util.ByteBufPayload;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/**
 * RSocket by rsocket-java with zero copy, payloads in CBOR and the name of the action as
 * metadata; on the event loop.
 *
 * @param webSocket whether over WebSocket, else over TCP
 */
public record RSocketContestant(boolean webSocket) implements Contestant {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@Override
	public Server serve() {
		CloseableChannel channel = RSocketServer.create(SocketAcceptor.with(new Actions()))
			.payloadDecoder(PayloadDecoder.ZERO_COPY)
			.bind(serverTransport())
			.block(TIMEOUT);
		if (channel == null) {
			throw new IllegalStateException("The server does not listen");
		}
		return new RSocketServerHandle(channel);
	}

	@Override
	public boolean texts() {
		return true;
	}

	private ServerTransport<CloseableChannel> serverTransport() {
		return this.webSocket ? WebsocketServerTransport.create("127.0.0.1", 0)
				: TcpServerTransport.create(new InetSocketAddress("127.0.0.1", 0));
	}

	@Override
	public Connection connect(int port) {
		// The default client shares a pool of Reactor Netty, which ends at 500
		// connections.
		HttpClient http = HttpClient.newConnection().host("127.0.0.1").port(port);
		ClientTransport transport = this.webSocket ? WebsocketClientTransport.create(http, "/")
				: TcpClientTransport.create("127.0.0.1", port);
		RSocket socket = RSocketConnector.create()
			.payloadDecoder(PayloadDecoder.ZERO_COPY)
			.connect(transport)
			.block(TIMEOUT);
		if (socket == null) {
			throw new IllegalStateException("There is no connection");
		}
		return new RSocketConnection(socket);
	}

	private static final class Actions implements RSocket {

		@Override
		public Mono<Payload> requestResponse(Payload payload) {
			return switch (payload.getMetadataUtf8()) {
				case "weather.current" -> Mono.fromSupplier(() -> {
					WeatherRequest request = Payloads.read(payload, Payloads.WEATHER_REQUEST);
					return Payloads.write(Weather.of(request.city()), null);
				});
				case "text.get" -> Mono.fromSupplier(() -> {
					TextRequest request = Payloads.read(payload, Payloads.TEXT_REQUEST);
					return ByteBufPayload.create(request.text());
				});
				default -> {
					payload.release();
					yield Mono.error(new IllegalArgumentException("There is no such action"));
				}
			};
		}

		@Override
		public Flux<Payload> requestStream(Payload payload) {
			return switch (payload.getMetadataUtf8()) {
				case "llm.tokens" -> {
					TokensRequest request = Payloads.read(payload, Payloads.TOKENS_REQUEST);
					yield request.tokens().map(ByteBufPayload::create);
				}
				case "llm.paced" -> {
					PacedRequest request = Payloads.read(payload, Payloads.PACED_REQUEST);
					yield request.items().map(ByteBufPayload::create);
				}
				default -> {
					payload.release();
					yield Flux.error(new IllegalArgumentException("There is no such action"));
				}
			};
		}

	}

	private record RSocketServerHandle(CloseableChannel channel) implements Server {

		@Override
		public int port() {
			return this.channel.address().getPort();
		}

		@Override
		public void close() {
			this.channel.dispose();
		}

	}

}
