package io.agentsocket.tool;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Looks again and again, while calls wait behind others, whether these go on: one thread
 * for all calls in place of a timer for each. The thread sleeps while nothing waits, and
 * ends when it has slept for some seconds.
 */
final class StuckWatch implements Runnable {

	private static final Log logger = PrintableLog.of(StuckWatch.class);

	/**
	 * Time between two looks, in nanoseconds. A thread that stands at both is stuck: that
	 * is found within two of them, less than a millisecond.
	 */
	private static final long TICK = 350_000;

	/** Looks at nothing before the thread sleeps: to wake it costs as much as some. */
	private static final int LINGER = 4;

	/** Nanoseconds that the thread sleeps before it ends. */
	private static final long SLEEP = 10_000_000_000L;

	private final BooleanSupplier look;

	private final AtomicReference<State> state = new AtomicReference<>(State.NONE);

	private volatile @Nullable Thread thread;

	/**
	 * Create a watch.
	 * @param look looks, and returns whether there is something to look at
	 */
	StuckWatch(BooleanSupplier look) {
		this.look = look;
	}

	/**
	 * There is something to look at.
	 * @return {@code false} when no thread can be had for that
	 */
	boolean wake() {
		if (this.state.get() == State.LOOKING) {
			return true;
		}
		if (this.state.compareAndSet(State.ASLEEP, State.LOOKING)) {
			LockSupport.unpark(this.thread);
		}
		else if (this.state.compareAndSet(State.NONE, State.LOOKING)) {
			return start();
		}
		return true;
	}

	private boolean start() {
		Thread thread = new Thread(this, "agentsocket-stuck-watch");
		thread.setDaemon(true);
		this.thread = thread;
		try {
			thread.start();
			return true;
		}
		catch (OutOfMemoryError ex) {
			this.state.set(State.NONE);
			return false;
		}
	}

	@Override
	public void run() {
		do {
			int idle = 0;
			while (idle <= LINGER) {
				LockSupport.parkNanos(this, TICK);
				idle = look() ? 0 : idle + 1;
			}
		}
		while (sleep());
	}

	private boolean look() {
		try {
			return this.look.getAsBoolean();
		}
		catch (Throwable ex) {
			logger.error("Calls that wait could not be handed over", ex);
			return true;
		}
	}

	/** Sleep. Returns whether there is something to look at. */
	private boolean sleep() {
		this.state.set(State.ASLEEP);
		if (look()) {
			this.state.set(State.LOOKING);
			return true;
		}
		long end = System.nanoTime() + SLEEP;
		long left = SLEEP;
		while (left > 0 && this.state.get() == State.ASLEEP) {
			LockSupport.parkNanos(this, left);
			left = end - System.nanoTime();
		}
		return !this.state.compareAndSet(State.ASLEEP, State.NONE);
	}

	private enum State {

		/** There is no thread. */
		NONE,

		LOOKING, ASLEEP

	}

}
