package io.agentsocket.session.redis;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.netty.channel.EventLoop;
import io.netty.util.internal.ThreadExecutorMap;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * A connection to Redis on each event loop on which sessions run, in addition to the one
 * that the application shares. The steps of a session leave on the thread on which it
 * runs, and are confirmed on that thread, so that no other thread has to wake up on the
 * way. Connections are made when they are first asked for, and kept until they break or
 * their event loop ends; there are no more of them than event loops. Until one is there,
 * and while it is broken, the shared one does. Thread-safe.
 */
@Internal
public final class LoopConnections {

	private static final Log logger = PrintableLog.of(LoopConnections.class);

	private static final boolean POSSIBLE = ClassUtils.isPresent("io.lettuce.core.RedisClient",
			LoopConnections.class.getClassLoader());

	/** The line for operators, followed by the reason. */
	private static final String SHARED = "Sessions store their steps over the connection to Redis that the application "
			+ "shares, as an event loop could not get one of its own";

	private final LoopClients clients;

	private final Map<EventLoop, LoopPlace> places = new ConcurrentHashMap<>();

	private final Outcomes outcomes = new Outcomes();

	private volatile boolean closed;

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
		List<LoopPlace> all = List.copyOf(this.places.values());
		this.places.values().removeAll(all);
		CompletableFuture<?>[] closing = all.stream().map(LoopPlace::close).toArray(CompletableFuture[]::new);
		CompletableFuture.allOf(closing)
			.completeOnTimeout(null, LoopPlace.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
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
		LoopPlace place = this.places.get(loop);
		return ((place != null) ? place : place(loop)).connection();
	}

	private LoopPlace place(EventLoop loop) {
		LoopPlace place = this.places.computeIfAbsent(loop, (key) -> new LoopPlace(key, this.clients, this.outcomes));
		if (this.closed) {
			// It may have come after the others were closed.
			this.outcomes.ended(place);
		}
		return place;
	}

	/** Number of event loops that have a connection, or are to get one. */
	int size() {
		return this.places.size();
	}

	/** Hears of the outcome of the places. */
	private final class Outcomes implements LoopPlace.Listener {

		/** Whether operators were told that the shared connection has to do. */
		private final AtomicBoolean told = new AtomicBoolean();

		@Override
		public void connected() {
			this.told.set(false);
		}

		@Override
		public void failed(Throwable error) {
			logger.debug("An event loop has no connection to Redis of its own", error);
			if (this.told.compareAndSet(false, true)) {
				logger.info(SHARED + ": " + error);
			}
		}

		@Override
		public void unfit(EventLoop loop) {
			if (this.told.compareAndSet(false, true)) {
				logger.info(SHARED + ": its transport is none of those that Lettuce takes, which are "
						+ LoopClients.transport() + ". Both have the same by default: see the system properties "
						+ "reactor.netty.native, io.lettuce.core.epoll and io.lettuce.core.iouring");
			}
		}

		@Override
		public void ended(LoopPlace place) {
			LoopConnections.this.places.remove(place.loop(), place);
			place.close();
		}

	}

}
