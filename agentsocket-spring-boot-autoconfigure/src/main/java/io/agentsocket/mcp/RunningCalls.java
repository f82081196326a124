package io.agentsocket.mcp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import reactor.core.scheduler.Scheduler;

/**
 * The calls that run in this pod, and how many there were. While there are any, it looks
 * at all of them ten times a second: a timer for each would cost more than most calls do,
 * which end long before it. Thread-safe.
 */
final class RunningCalls {

	private static final Log logger = PrintableLog.of(RunningCalls.class);

	/**
	 * Time between two looks, in milliseconds: a tenth of the time that counts as long.
	 */
	private static final long PERIOD = Reply.LONG.toMillis() / 10;

	private final Scheduler scheduler;

	private final Set<RunningCall> running = ConcurrentHashMap.newKeySet();

	/** Made before there is no memory for it. */
	private final LoggedTask task = new LoggedTask(logger, "Calls that take long are not looked at", this::lookAtAll);

	private final AtomicBoolean watched = new AtomicBoolean();

	private final LongAdder begun = new LongAdder();

	private final LongAdder cancelled = new LongAdder();

	/**
	 * Create an empty set.
	 * @param scheduler has the one timer
	 */
	RunningCalls(Scheduler scheduler) {
		this.scheduler = scheduler;
	}

	void begins(RunningCall call) {
		this.begun.increment();
		this.running.add(call);
		watch();
	}

	void ends(RunningCall call) {
		this.running.remove(call);
	}

	private void watch() {
		if (!this.watched.get() && this.watched.compareAndSet(false, true)) {
			later();
		}
	}

	private void later() {
		boolean scheduled = false;
		try {
			this.scheduler.schedule(this::look, PERIOD, TimeUnit.MILLISECONDS);
			scheduled = true;
		}
		finally {
			if (!scheduled) {
				// The next call tries again.
				this.watched.set(false);
			}
		}
	}

	private void lookAtAll() {
		long now = System.nanoTime();
		for (RunningCall call : this.running) {
			LoggedTask.run(logger, "A call that takes long cannot tell so", () -> call.look(now));
		}
	}

	private void look() {
		this.task.run();
		if (!this.running.isEmpty()) {
			later();
			return;
		}
		this.watched.set(false);
		if (!this.running.isEmpty()) {
			// It began before it could see that nobody looks.
			watch();
		}
	}

	/** A client has closed the response before it was complete. */
	void cancelledByClient() {
		this.cancelled.increment();
	}

	int size() {
		return this.running.size();
	}

	long begun() {
		return this.begun.sum();
	}

	long cancelled() {
		return this.cancelled.sum();
	}

	/** End all calls. */
	void close(String reason) {
		this.running.forEach((call) -> call.forget(reason));
	}

}
