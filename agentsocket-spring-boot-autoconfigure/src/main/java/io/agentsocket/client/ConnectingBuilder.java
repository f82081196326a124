package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.protocol.Limits;
import io.agentsocket.transport.SocketConnector;
import io.agentsocket.transport.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.HttpHeaders;

/**
 * The part of {@link AgentSocketClientBuilder} that is about the way to the server, with
 * the defaults. Not thread-safe.
 */
final class ConnectingBuilder {

	private final List<URI> uris;

	UriPolicy uriPolicy = UriPolicy.IN_ORDER;

	Consumer<HttpHeaders> headers = (created) -> {
	};

	Credential credential = Credential.NONE;

	Backoff backoff = Backoff.DEFAULT;

	Duration connectTimeout = Duration.ofSeconds(10);

	Duration maxWait = Duration.ofSeconds(30);

	Duration refusalTimeout = Duration.ofMinutes(2);

	Duration closeTimeout = WebSocketTransport.CLOSE_TIMEOUT;

	/** Opens sockets in place of a client of HTTP. */
	@Nullable SocketConnector connector;

	UnaryOperator<HttpClient> httpClient = UnaryOperator.identity();

	/**
	 * Create settings.
	 * @param uris addresses of the server
	 * @throws IllegalArgumentException if there is none, or one that is none of a server
	 */
	ConnectingBuilder(Collection<URI> uris) {
		if (uris.isEmpty()) {
			throw new IllegalArgumentException("A client needs at least one address");
		}
		this.uris = uris.stream().distinct().map(ServerUris::checked).toList();
	}

	/**
	 * The settings, which do not change any more.
	 * @param limits limits of the client
	 */
	ClientSettings.Connecting build(Limits limits) {
		SocketConnector sockets = (this.connector != null) ? this.connector
				: ClientDefaults.connector(this.connectTimeout, limits, this.httpClient);
		return new ClientSettings.Connecting(this.uris, this.uriPolicy, this.headers, this.credential, this.backoff,
				this.connectTimeout, this.maxWait, this.refusalTimeout, this.closeTimeout, sockets);
	}

}
