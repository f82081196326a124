package io.agentsocket.transport;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Connects through a WebSocket client of Spring WebFlux. Thread-safe.
 */
public final class SpringConnector implements SocketConnector {

	private final WebSocketClient client;

	/**
	 * Create a connector.
	 * @param client connects; must accept messages as large as the limits say
	 */
	public SpringConnector(WebSocketClient client) {
		this.client = client;
	}

	@Override
	public Mono<Void> connect(URI uri, HttpHeaders headers, String subProtocol,
			Function<Supplier<Socket>, Mono<Void>> handler) {
		List<String> subProtocols = List.of(subProtocol);
		return this.client.execute(uri, headers, new WebSocketHandler() {

			@Override
			public List<String> getSubProtocols() {
				return subProtocols;
			}

			@Override
			public Mono<Void> handle(WebSocketSession session) {
				return handler.apply(() -> new SpringSocket(session));
			}

		});
	}

}
