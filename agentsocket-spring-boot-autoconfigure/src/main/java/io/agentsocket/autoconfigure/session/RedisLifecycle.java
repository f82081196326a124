package io.agentsocket.autoconfigure.session;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

import io.agentsocket.session.redis.GuardedConnections;
import io.agentsocket.session.redis.LoopConnections;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.connection.ReactiveRedisConnection;

/**
 * Sees at the start whether Redis answers. Stops to ask for connections to Redis after
 * the endpoint was drained, and before the factory of the connections stops.
 */
final class RedisLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(RedisLifecycle.class);

	/** More than Lettuce takes to give a connection up. */
	private static final Duration PATIENCE = Duration.ofSeconds(15);

	private final GuardedConnections connections;

	private final @Nullable LoopConnections loops;

	private volatile boolean running;

	private final BooleanSupplier used;

	private final boolean required;

	/**
	 * Create a lifecycle.
	 * @param loops connections of event loops, or {@code null}
	 * @param used whether sessions are kept in Redis in the end
	 * @param required whether to fail the start when Redis does not answer
	 */
	RedisLifecycle(GuardedConnections connections, @Nullable LoopConnections loops, BooleanSupplier used,
			boolean required) {
		this.connections = connections;
		this.loops = loops;
		this.used = used;
		this.required = required;
	}

	@Override
	public void start() {
		this.connections.open();
		if (this.loops != null) {
			this.loops.open();
		}
		this.running = true;
		if (this.used.getAsBoolean()) {
			ask();
		}
	}

	private void ask() {
		try {
			Mono.usingWhen(Mono.fromSupplier(this.connections::getReactiveConnection), ReactiveRedisConnection::ping,
					ReactiveRedisConnection::closeLater)
				.toFuture()
				.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException ex) {
			unreachable((ex.getCause() != null) ? ex.getCause() : ex);
		}
		catch (TimeoutException ex) {
			unreachable(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			unreachable(ex);
		}
	}

	private void unreachable(Throwable cause) {
		if (this.required) {
			throw new RedisUnreachableException(cause);
		}
		logger.warn("Redis does not answer, agents cannot connect until it does: " + cause + ". Correct "
				+ "spring.data.redis.*, or set agentsocket.session.store=memory to do without.");
	}

	@Override
	public void stop() {
		this.running = false;
		if (this.loops != null) {
			this.loops.close();
		}
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
