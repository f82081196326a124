package com.example.benchmark.rsocket;

import java.net.InetSocketAddress;
import java.time.Duration;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.ClientTransport;
import io.rsocket.transport.ServerTransport;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.client.WebsocketClientTransport;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.transport.netty.server.WebsocketServerTransport;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.codec.cbor.JacksonCborDecoder;
import org.springframework.http.codec.cbor.JacksonCborEncoder;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.rsocket.RSocketRequester;
import org.springframework.messaging.rsocket.RSocketStrategies;
import org.springframework.messaging.rsocket.annotation.support.RSocketMessageHandler;
import org.springframework.stereotype.Controller;
import org.springframework.web.util.pattern.PathPatternRouteMatcher;

/**
 * RSocket by Spring: annotated methods, CBOR, zero copy, as the reference documentation
 * of Spring Framework and the auto-configuration of Spring Boot set it up.
 *
 * @param webSocket whether over WebSocket, else over TCP
 */
public record RSocketContestant(boolean webSocket) implements Contestant {

	@Override
	public Server serve() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Application.class);
		RSocketMessageHandler handler = context.getBean(RSocketMessageHandler.class);
		CloseableChannel channel = RSocketServer.create(handler.responder())
			.payloadDecoder(PayloadDecoder.ZERO_COPY)
			.bind(serverTransport())
			.block(Duration.ofSeconds(30));
		if (channel == null) {
			throw new IllegalStateException("The server does not listen");
		}
		return new RSocketServerHandle(context, channel);
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
		return new RSocketConnection(
				RSocketRequester.builder().rsocketStrategies(Application.STRATEGIES).transport(transport));
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		/** Zero copy comes with them. */
		static final RSocketStrategies STRATEGIES = RSocketStrategies.builder()
			.encoder(new JacksonCborEncoder())
			.decoder(new JacksonCborDecoder())
			.routeMatcher(new PathPatternRouteMatcher())
			.build();

		@Bean
		RSocketMessageHandler messageHandler() {
			RSocketMessageHandler handler = new RSocketMessageHandler();
			handler.setRSocketStrategies(STRATEGIES);
			return handler;
		}

		@Bean
		Actions actions() {
			return new Actions();
		}

	}

	/** Methods of a controller run on the event loop. */
	@Controller
	static class Actions {

		@MessageMapping("weather.current")
		Weather current(@Payload WeatherRequest request) {
			return Weather.of(request.city());
		}

		@MessageMapping("llm.tokens")
		Flux<String> tokens(@Payload TokensRequest request) {
			return request.tokens();
		}

	}

	private record RSocketServerHandle(AnnotationConfigApplicationContext context,
			CloseableChannel channel) implements Server {

		@Override
		public int port() {
			return this.channel.address().getPort();
		}

		@Override
		public void close() {
			this.channel.dispose();
			this.context.close();
		}

	}

}
