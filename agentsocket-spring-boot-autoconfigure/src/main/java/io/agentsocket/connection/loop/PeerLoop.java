package io.agentsocket.connection.loop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * The loop of a peer as its parts see it: they run tasks in it, now, later or after a
 * time. Where the loop runs is decided with its {@link SerialLoop}, by the peer alone.
 * All methods may be called from any thread.
 */
public final class PeerLoop {

	/** A timer takes no more than about 292 years of nanoseconds. */
	private static final Duration CENTURY = Duration.ofDays(36_500);

	private final SerialLoop loop;

	private final Scheduler timer;

	/**
	 * Create a loop with timers.
	 * @param loop runs the tasks
	 * @param timer runs the timers, off the event loop
	 */
	public PeerLoop(SerialLoop loop, Scheduler timer) {
		this.loop = loop;
		this.timer = timer;
	}

	/** Limits a time to the range of timers: "for ever" comes early enough then. */
	public static Duration bounded(Duration time) {
		return (time.compareTo(CENTURY) < 0) ? time : CENTURY;
	}

	/** Whether the present thread is in the loop. */
	public boolean inLoop() {
		return this.loop.inLoop();
	}

	/** Runs a task in the loop: at once when called from within, else soon. */
	public void execute(Runnable task) {
		this.loop.execute(task);
	}

	/** Runs a task in the loop behind all that were submitted before. */
	public void executeLater(Runnable task) {
		this.loop.executeLater(task);
	}

	/** Runs a task in the loop after a time; the caller owns the timer. */
	public Disposable schedule(Runnable task, Duration delay) {
		return this.timer.schedule(() -> execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** Nanoseconds of the clock that the timers go by. */
	public long now() {
		return this.timer.now(TimeUnit.NANOSECONDS);
	}

}
