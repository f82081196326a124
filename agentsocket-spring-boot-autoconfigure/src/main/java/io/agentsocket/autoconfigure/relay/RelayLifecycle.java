package io.agentsocket.autoconfigure.relay;

import io.agentsocket.relay.FunctionRelays;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Asks functions for their actions and warms them up when the application starts, before
 * agents can connect.
 */
final class RelayLifecycle implements SmartLifecycle {

	private final FunctionRelays relays;

	private volatile boolean running;

	RelayLifecycle(FunctionRelays relays) {
		this.relays = relays;
	}

	@Override
	public void start() {
		this.running = true;
		this.relays.start();
	}

	/** The relays go on until they are closed: running invocations need them. */
	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
	}

}
