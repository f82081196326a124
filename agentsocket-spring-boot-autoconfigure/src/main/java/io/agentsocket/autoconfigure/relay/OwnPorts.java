package io.agentsocket.autoconfigure.relay;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;

/**
 * The ports at which this application listens. Thread-safe.
 */
final class OwnPorts implements ApplicationListener<WebServerInitializedEvent>, Supplier<Set<Integer>> {

	private final Set<Integer> ports = ConcurrentHashMap.newKeySet();

	@Override
	public void onApplicationEvent(WebServerInitializedEvent event) {
		this.ports.add(event.getWebServer().getPort());
	}

	@Override
	public Set<Integer> get() {
		return this.ports;
	}

}
