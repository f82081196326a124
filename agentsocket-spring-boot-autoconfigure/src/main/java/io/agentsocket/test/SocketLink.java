package io.agentsocket.test;

import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.protocol.Limits;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.transport.NettyConnector;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.SocketConnector;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.HttpHeaders;

/**
 * Sockets of the network, of which the test holds the ends of the agent. Thread-safe.
 */
final class SocketLink implements Link {

	private final List<URI> uris;

	private final SocketConnector sockets;

	private final @Nullable AgentSocketServer server;

	private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

	private volatile int pod;

	private volatile boolean isShut;

	SocketLink(List<URI> uris, UnaryOperator<HttpClient> http, @Nullable AgentSocketServer server) {
		this.uris = uris;
		this.server = server;
		this.sockets = new NettyConnector(http.apply(HttpClient.newConnection()).doOnConnected(this::connected),
				Limits.CLIENT.message());
	}

	private void connected(Connection connection) {
		this.connections.add(connection);
		connection.onDispose(() -> this.connections.remove(connection));
	}

	@Override
	public URI uri() {
		return this.uris.get(this.pod);
	}

	@Override
	public void cut() {
		// Below WebSocket, so that no close frame is sent.
		this.connections.forEach((connection) -> connection.channel().close());
	}

	@Override
	public void shut(boolean shut) {
		this.isShut = shut;
	}

	@Override
	public void nextPod() {
		if (this.uris.size() < 2) {
			throw new IllegalStateException("This tester knows one pod only, " + uri()
					+ ": name the others in AgentSocketTester.connectTo, or use one in memory");
		}
		this.pod = (this.pod + 1) % this.uris.size();
	}

	@Override
	public Optional<AgentSocketServer> server() {
		return Optional.ofNullable(this.server);
	}

	@Override
	public Mono<Void> connect(URI uri, HttpHeaders headers, String subProtocol,
			Function<Supplier<Socket>, Mono<Void>> handler) {
		return Mono.defer(() -> this.isShut ? Mono.error(new ConnectException("The test has disconnected the agent"))
				: this.sockets.connect(uri(), headers, subProtocol, handler));
	}

}
