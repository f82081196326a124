package io.agentsocket.test;

import java.net.ConnectException;
import java.net.URI;
import java.security.Principal;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.UpgradeRequest;
import io.agentsocket.transport.Socket;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;

/**
 * Sockets in memory, without an upgrade: the server takes the principal that the test
 * names. Thread-safe.
 */
final class MemoryLink implements Link {

	private static final URI MEMORY = URI.create("ws://memory/agentsocket");

	private final UnaryOperator<AgentSocketServer> next;

	private final @Nullable Principal principal;

	private volatile AgentSocketServer pod;

	private volatile boolean isShut;

	private volatile @Nullable MemorySocket socket;

	/**
	 * Lay a way.
	 * @param first the pod to begin with
	 * @param next gives the pod to go to from a pod
	 * @param principal the principal of the agent, or {@code null}
	 */
	MemoryLink(AgentSocketServer first, UnaryOperator<AgentSocketServer> next, @Nullable Principal principal) {
		this.next = next;
		this.principal = principal;
		this.pod = first;
	}

	@Override
	public URI uri() {
		return MEMORY;
	}

	@Override
	public void cut() {
		MemorySocket present = this.socket;
		if (present != null) {
			present.abort();
		}
	}

	@Override
	public void shut(boolean shut) {
		this.isShut = shut;
	}

	@Override
	public void nextPod() {
		this.pod = this.next.apply(this.pod);
	}

	@Override
	public Optional<AgentSocketServer> server() {
		return Optional.of(this.pod);
	}

	@Override
	public Mono<Void> connect(URI uri, HttpHeaders headers, String subProtocol,
			Function<Supplier<Socket>, Mono<Void>> handler) {
		return Mono.defer(() -> {
			AgentSocketServer server = this.pod;
			if (this.isShut) {
				return refused("The test has disconnected the agent");
			}
			if (!server.isAccepting()) {
				return refused("The server accepts no connection");
			}
			if (!server.subProtocols().contains(subProtocol)) {
				return refused("The server does not offer the codec of " + subProtocol);
			}
			MemorySocket agent = MemorySocket.connected();
			this.socket = agent;
			UpgradeRequest upgrade = new UpgradeRequest(uri, headers, null, Mono.justOrEmpty(this.principal));
			// Ends with the socket, whichever side ends that.
			Disposable serving = server.serve(agent::other, subProtocol, upgrade).subscribe();
			return handler.apply(() -> agent).doOnCancel(() -> {
				agent.abort();
				serving.dispose();
			});
		});
	}

	private static Mono<Void> refused(String reason) {
		return Mono.error(new ConnectException(reason));
	}

}
