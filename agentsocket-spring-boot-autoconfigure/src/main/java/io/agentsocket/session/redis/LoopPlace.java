package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.agentsocket.session.Retries;
import io.lettuce.core.RedisClient;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.GenericFutureListener;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * An event loop and its connection to Redis. The connection is made with the first step
 * that could use it, and made anew with a step that finds it broken. It goes with the
 * event loop. Thread-safe.
 */
final class LoopPlace {

	/** How long the end waits for a connection to close. */
	static final Duration PATIENCE = Duration.ofSeconds(2);

	/**
	 * Time from an attempt that did not lead to a connection that lasts to the next one;
	 * the shared connection does meanwhile.
	 */
	private static final Retries RETRIES = new Retries(Duration.ofMillis(500), Duration.ofSeconds(30));

	/** A connection that lasted for this long was none of those that break at once. */
	private static final Duration LONG = Duration.ofMinutes(1);

	/** Hears of the outcome of the attempts. */
	interface Listener {

		/** There is a connection. */
		void connected();

		/** An attempt has failed; there may be others. */
		void failed(Throwable error);

		/**
		 * The event loop cannot have one, and is not about to end: there will be no
		 * attempt.
		 */
		void unfit(EventLoop loop);

		/** The event loop has ended, and the place is of no use any more. */
		void ended(LoopPlace place);

	}

	private final EventLoop loop;

	private final LoopClients clients;

	private final Listener listener;

	/** Runs when the event loop has ended. */
	private final GenericFutureListener<io.netty.util.concurrent.Future<Object>> end;

	private @Nullable RedisClient client;

	private volatile @Nullable LoopConnection connection;

	private boolean connecting;

	private boolean closed;

	private boolean unfit;

	/** Attempts since the latest connection that lasted. */
	private int attempts;

	private long triedAt;

	/** From one attempt to the next, in nanoseconds. */
	private long pause;

	@SuppressWarnings("unchecked")
	LoopPlace(EventLoop loop, LoopClients clients, Listener listener) {
		this.loop = loop;
		this.clients = clients;
		this.listener = listener;
		this.end = (future) -> listener.ended(this);
		((io.netty.util.concurrent.Future<Object>) loop.terminationFuture()).addListener(this.end);
	}

	EventLoop loop() {
		return this.loop;
	}

	/**
	 * The connection, for the event loop only.
	 * @return a connection that is open; null when there is none, yet or any more
	 */
	@Nullable LoopConnection connection() {
		LoopConnection present = this.connection;
		if (present != null && present.isOpen()) {
			return present;
		}
		if (mayConnect()) {
			try {
				// To connect blocks, and needs the event loop meanwhile.
				Schedulers.boundedElastic().schedule(this::connect);
			}
			catch (RejectedExecutionException | Error ex) {
				failed(ex);
			}
		}
		return null;
	}

	private synchronized boolean mayConnect() {
		long passed = System.nanoTime() - this.triedAt;
		if (isGivenUp() || this.connecting || (this.attempts > 0 && passed < this.pause)) {
			return false;
		}
		this.connecting = true;
		this.attempts = (passed < LONG.toNanos()) ? this.attempts + 1 : 1;
		this.triedAt = System.nanoTime();
		this.pause = RETRIES.delay(this.attempts - 1).toNanos();
		return true;
	}

	/** Whether there will be no attempt any more. */
	synchronized boolean isGivenUp() {
		return this.unfit || this.closed;
	}

	/**
	 * On a thread that others share, which may still have the class loader of a web
	 * application that has ended: nothing can be loaded with that.
	 */
	private void connect() {
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		thread.setContextClassLoader(LoopPlace.class.getClassLoader());
		try {
			connectHere();
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	private void connectHere() {
		RedisClient created = null;
		try {
			shutDown(replace(null, null));
			if (this.loop.isShuttingDown() || !LoopClients.fits(this.loop)) {
				giveUp();
				return;
			}
			created = this.clients.client(this.loop);
			LoopConnection made = this.clients.connect(created, this.loop);
			if (keep(created, made)) {
				this.listener.connected();
			}
			else {
				shutDown(created);
			}
		}
		catch (Throwable ex) {
			// An Error as well: the next attempt would wait for the end of this one.
			failed(ex);
			shutDown(created);
		}
	}

	/** An event loop that is about to end takes nothing new, whatever its transport. */
	private void giveUp() {
		synchronized (this) {
			this.connecting = false;
			this.unfit = true;
		}
		if (!this.loop.isShuttingDown()) {
			this.listener.unfit(this.loop);
		}
	}

	private void failed(Throwable error) {
		if (this.loop.isShuttingDown()) {
			giveUp();
			return;
		}
		synchronized (this) {
			this.connecting = false;
		}
		this.listener.failed(error);
	}

	private synchronized boolean keep(RedisClient created, LoopConnection made) {
		this.connecting = false;
		if (this.closed) {
			return false;
		}
		replace(created, made);
		return true;
	}

	private synchronized @Nullable RedisClient replace(@Nullable RedisClient other, @Nullable LoopConnection made) {
		RedisClient before = this.client;
		this.client = other;
		this.connection = made;
		return before;
	}

	private static CompletableFuture<Void> shutDown(@Nullable RedisClient client) {
		return (client != null) ? client.shutdownAsync(0, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
				: CompletableFuture.completedFuture(null);
	}

	/** Closes the connection; there will be no other one. */
	@SuppressWarnings("unchecked")
	CompletableFuture<Void> close() {
		((io.netty.util.concurrent.Future<Object>) this.loop.terminationFuture()).removeListener(this.end);
		synchronized (this) {
			this.closed = true;
		}
		return shutDown(replace(null, null));
	}

}
