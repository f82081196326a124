package io.agentsocket.test;

import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.PodLink;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/**
 * A server of this process, and a second one like it as soon as an agent moves.
 * Thread-safe.
 */
final class MemoryPods implements Pods {

	private final AgentSocketServer first;

	private final @Nullable Function<String, PodLink> podLinks;

	private final List<AgentSocketServer> started = new ArrayList<>();

	private int names = 1;

	/**
	 * Create pods.
	 * @param first the server of the application
	 * @param podLinks gives further pods a way to the others by their names, or
	 * {@code null} when there can be no further ones
	 */
	MemoryPods(AgentSocketServer first, @Nullable Function<String, PodLink> podLinks) {
		this.first = first;
		this.podLinks = podLinks;
	}

	/** The pod to go to from a pod: there are never more than two. */
	private synchronized AgentSocketServer next(AgentSocketServer present) {
		if (present != this.first) {
			return this.first;
		}
		if (this.started.isEmpty()) {
			if (this.podLinks == null) {
				throw new IllegalStateException("This tester knows no way to link another pod. In @AgentSocketTest "
						+ "there is one; elsewhere give it to AgentSocketTesterBuilder.podLinks");
			}
			this.names++;
			this.started.add(this.first.anotherPod(this.podLinks.apply("pod" + this.names)));
		}
		return this.started.get(0);
	}

	@Override
	public Link link(@Nullable Principal principal, UnaryOperator<HttpClient> http) {
		return new MemoryLink(this.first, this::next, principal);
	}

	@Override
	public synchronized void close() {
		this.started.forEach(AgentSocketServer::close);
		this.started.clear();
	}

}
