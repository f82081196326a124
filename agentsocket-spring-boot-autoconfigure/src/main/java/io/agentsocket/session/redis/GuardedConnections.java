package io.agentsocket.session.redis;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.ReactiveRedisClusterConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

/**
 * Connections to Redis as long as the application runs. A factory that stops holds its
 * lock and waits for the event loops of its driver. Whoever asks it for a connection
 * then, on such a loop, waits for the lock, and neither ends. So nobody asks the factory
 * after {@link #close()}, and when that returns, nobody is about to. Thread-safe.
 */
@Internal
public final class GuardedConnections implements ReactiveRedisConnectionFactory {

	/** Name of the threads of Lettuce, unless its resources are the application's. */
	private static final String DRIVER_THREAD = "lettuce-";

	private final ReactiveRedisConnectionFactory factory;

	private final ReadWriteLock lock = new ReentrantReadWriteLock();

	private volatile boolean closed;

	/** Whether the factory has its connection: to ask for it does not block any more. */
	private volatile boolean connected;

	/**
	 * Create connections.
	 * @param factory makes them
	 */
	public GuardedConnections(ReactiveRedisConnectionFactory factory) {
		this.factory = factory;
	}

	/** Connections may be asked for, again. */
	public void open() {
		this.connected = false;
		this.closed = false;
	}

	/** The factory is not asked for connections any more. */
	public void close() {
		this.closed = true;
		// Callers that are inside leave first: the factory does not stop yet.
		this.lock.writeLock().lock();
		this.lock.writeLock().unlock();
	}

	/**
	 * The factory behind this.
	 * @return the factory
	 */
	public ReactiveRedisConnectionFactory factory() {
		return this.factory;
	}

	/** The factory that was given by the application. */
	static ReactiveRedisConnectionFactory unwrap(ReactiveRedisConnectionFactory factory) {
		return (factory instanceof GuardedConnections guarded) ? guarded.factory() : factory;
	}

	/**
	 * A connection, asked for when it is subscribed to, and never on a thread of the
	 * driver: to make one may block, and wait for this very thread. Until there has been
	 * one, it is asked for on a thread that may block: a Redis that does not answer takes
	 * as long as the driver's patience, in which no event loop must stand.
	 */
	static Mono<ReactiveRedisConnection> connection(ReactiveRedisConnectionFactory factory) {
		return Mono.defer(() -> {
			Mono<ReactiveRedisConnection> connection = Mono.fromSupplier(factory::getReactiveConnection);
			if (factory instanceof GuardedConnections guarded && !guarded.connected) {
				return connection.subscribeOn(Schedulers.boundedElastic());
			}
			return Thread.currentThread().getName().startsWith(DRIVER_THREAD)
					? connection.subscribeOn(Schedulers.parallel()) : connection;
		});
	}

	@Override
	public ReactiveRedisConnection getReactiveConnection() {
		this.lock.readLock().lock();
		try {
			check();
			ReactiveRedisConnection connection = this.factory.getReactiveConnection();
			this.connected = true;
			return connection;
		}
		finally {
			this.lock.readLock().unlock();
		}
	}

	@Override
	public ReactiveRedisClusterConnection getReactiveClusterConnection() {
		this.lock.readLock().lock();
		try {
			check();
			return this.factory.getReactiveClusterConnection();
		}
		finally {
			this.lock.readLock().unlock();
		}
	}

	private void check() {
		if (this.closed) {
			throw new IllegalStateException("The application stops: Redis is not asked any more");
		}
	}

	@Override
	public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
		return this.factory.translateExceptionIfPossible(ex);
	}

}
