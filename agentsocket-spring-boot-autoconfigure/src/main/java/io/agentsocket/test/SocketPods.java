package io.agentsocket.test;

import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.server.AgentSocketServer;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/**
 * Servers that are reached through the network. Nothing here is to be closed.
 */
final class SocketPods implements Pods {

	private final Supplier<List<URI>> uris;

	private final @Nullable AgentSocketServer server;

	/**
	 * Create pods.
	 * @param uris addresses of the pods; a server says its port only when it has started
	 * @param server the server behind them if it is one of this process, or {@code null}
	 */
	SocketPods(Supplier<List<URI>> uris, @Nullable AgentSocketServer server) {
		this.uris = uris;
		this.server = server;
	}

	@Override
	public Link link(@Nullable Principal principal, UnaryOperator<HttpClient> http) {
		if (principal != null) {
			throw new IllegalStateException("Over a real socket an agent is whoever the server takes it for, "
					+ "so it cannot be " + principal.getName()
					+ " by itself: authenticate it with AgentSocketTesterBuilder.bearerToken or .header");
		}
		return new SocketLink(this.uris.get(), http, this.server);
	}

	@Override
	public void close() {
	}

}
