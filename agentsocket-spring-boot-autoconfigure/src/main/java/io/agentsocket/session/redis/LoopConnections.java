package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.netty.channel.EventLoop;
import io.netty.util.internal.ThreadExecutorMap;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * A connection to Redis on each event loop on which sessions run, in addition to the one
 * that the application shares. The steps of a session leave on the thread on which it
 * runs, and are confirmed on that thread, so that no other thread has to wake up on the
 * way. Connections are made when they are first asked for, and kept; there are no more of
 * them than event loops. Until one is there, and while it is broken, the shared one does.
 * Thread-safe.
 */
@Internal
public final class LoopConnections {

	private static final Log logger = PrintableLog.of(LoopConnections.class);

	private static final boolean POSSIBLE = ClassUtils.isPresent("io.lettuce.core.RedisClient",
			LoopConnections.class.getClassLoader());

	/** Time from an attempt that failed to the next one; the shared connection does. */
	private static final Duration RETRY = Duration.ofSeconds(30);

	/** How long the end waits for connections to close. */
	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private final LoopClients clients;

	private final Map<EventLoop, Place> places = new ConcurrentHashMap<>();

	private volatile boolean closed;

	/** Whether operators were told that the shared connection has to do. */
	private final AtomicBoolean told = new AtomicBoolean();

	private LoopConnections(LoopClients clients) {
		this.clients = clients;
	}

	/**
	 * Connections to where a factory leads.
	 * @param factory the factory of the application
	 * @return the connections, or {@code null} when only the factory can make one: it is
	 * not Spring Data's own for Lettuce, or leads to a cluster, a socket in the file
	 * system, or a fixed set of replicas
	 */
	public static @Nullable LoopConnections to(ReactiveRedisConnectionFactory factory) {
		LoopClients clients = POSSIBLE ? LoopClients.to(GuardedConnections.unwrap(factory)) : null;
		return (clients != null) ? new LoopConnections(clients) : null;
	}

	/** Connections may be made, again. */
	public void open() {
		this.closed = false;
	}

	/** Closes all connections and makes none from now on. */
	public void close() {
		this.closed = true;
		List<Place> all = List.copyOf(this.places.values());
		this.places.clear();
		CompletableFuture<?>[] closing = all.stream().map(Place::close).toArray(CompletableFuture[]::new);
		CompletableFuture.allOf(closing)
			.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
			.exceptionally((error) -> null)
			.join();
	}

	/**
	 * The connection of the event loop that runs this.
	 * @return a connection that is open, or {@code null} when there is none yet or this
	 * is no event loop
	 */
	@Nullable LoopConnection here() {
		if (this.closed || !(ThreadExecutorMap.currentExecutor() instanceof EventLoop loop)) {
			return null;
		}
		Place place = this.places.get(loop);
		return ((place != null) ? place : this.places.computeIfAbsent(loop, Place::new)).connection();
	}

	private void failed(RuntimeException error) {
		logger.debug("An event loop has no connection to Redis of its own", error);
		if (this.told.compareAndSet(false, true)) {
			logger.info("Sessions store their steps over the connection to Redis that the application shares, as an "
					+ "event loop could not get one of its own: " + error);
		}
	}

	/** An event loop and its connection. */
	private final class Place {

		private final EventLoop loop;

		private @Nullable RedisClient client;

		private volatile @Nullable LoopConnection connection;

		private boolean connecting;

		private boolean tried;

		private long triedAt;

		Place(EventLoop loop) {
			this.loop = loop;
		}

		/** Called on the event loop. */
		@Nullable LoopConnection connection() {
			LoopConnection present = this.connection;
			if (present != null) {
				return present.isOpen() ? present : null;
			}
			if (mayConnect()) {
				// To connect blocks, and needs the event loop meanwhile.
				Schedulers.boundedElastic().schedule(this::connect);
			}
			return null;
		}

		private synchronized boolean mayConnect() {
			long now = System.nanoTime();
			if (this.connecting || (this.tried && now - this.triedAt < RETRY.toNanos())) {
				return false;
			}
			this.connecting = true;
			this.tried = true;
			this.triedAt = now;
			return true;
		}

		private void connect() {
			RedisClient created = null;
			try {
				created = LoopConnections.this.clients.client(this.loop);
				LoopConnection made = new LoopConnection(this.loop, created.connect(ByteArrayCodec.INSTANCE));
				if (!keep(created, made)) {
					created.shutdownAsync();
				}
			}
			catch (RuntimeException ex) {
				failed(ex);
				if (created != null) {
					created.shutdownAsync();
				}
				synchronized (this) {
					this.connecting = false;
				}
			}
		}

		private synchronized boolean keep(RedisClient created, LoopConnection made) {
			this.connecting = false;
			if (LoopConnections.this.closed || LoopConnections.this.places.get(this.loop) != this) {
				return false;
			}
			this.client = created;
			this.connection = made;
			return true;
		}

		synchronized CompletableFuture<Void> close() {
			RedisClient present = this.client;
			this.client = null;
			this.connection = null;
			return (present != null) ? present.shutdownAsync(0, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
					: CompletableFuture.completedFuture(null);
		}

	}

}
