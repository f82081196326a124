package io.agentsocket.autoconfigure;

import io.agentsocket.session.redis.GuardedConnections;

import org.springframework.context.SmartLifecycle;

/**
 * Stops to ask for connections to Redis after the endpoint was drained, and before the
 * factory of the connections stops.
 */
final class RedisLifecycle implements SmartLifecycle {

	private final GuardedConnections connections;

	private volatile boolean running;

	RedisLifecycle(GuardedConnections connections) {
		this.connections = connections;
	}

	@Override
	public void start() {
		this.connections.open();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.connections.close();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** Behind the endpoint, ahead of the factory. */
	@Override
	public int getPhase() {
		int phase = (this.connections.factory() instanceof SmartLifecycle factory) ? factory.getPhase() : 0;
		return (phase < Integer.MAX_VALUE) ? phase + 1 : phase;
	}

}
