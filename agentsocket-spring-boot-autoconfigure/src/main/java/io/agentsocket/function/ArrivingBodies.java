package io.agentsocket.function;

import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.relay.answer.IncomingPush;

/**
 * The memory of the bodies that are on their way to a function: relays, and whoever else
 * finds the address, do not hold more of it than it has. Thread-safe.
 */
final class ArrivingBodies {

	/** Part of the largest heap. */
	private static final int SHARE = 10;

	/** Eight requests of the largest size come side by side in the smallest process. */
	private static final long LEAST = 8L * FunctionEndpoint.MAX_BODY;

	private final AtomicLong held = new AtomicLong();

	private final long most;

	/**
	 * Create memory.
	 * @param most bytes that all bodies may hold while they come; 0 for a share of the
	 * heap
	 */
	ArrivingBodies(long most) {
		this.most = (most > 0) ? most : Math.max(LEAST, Runtime.getRuntime().maxMemory() / SHARE);
	}

	/** Begins to count one more body. */
	IncomingPush begin() {
		return new Body();
	}

	/** Bytes that are held now. */
	long held() {
		return this.held.get();
	}

	/** A body; whoever gives it up may do so while more of it comes. */
	private final class Body implements IncomingPush {

		private long taken;

		private boolean closed;

		@Override
		public synchronized boolean take(int bytes) {
			if (this.closed) {
				return true;
			}
			if (ArrivingBodies.this.held.addAndGet(bytes) > ArrivingBodies.this.most) {
				ArrivingBodies.this.held.addAndGet(-bytes);
				return false;
			}
			this.taken += bytes;
			return true;
		}

		@Override
		public synchronized void give(int bytes) {
			if (!this.closed) {
				ArrivingBodies.this.held.addAndGet(-bytes);
				this.taken -= bytes;
			}
		}

		@Override
		public synchronized void close() {
			this.closed = true;
			ArrivingBodies.this.held.addAndGet(-this.taken);
			this.taken = 0;
		}

	}

}
