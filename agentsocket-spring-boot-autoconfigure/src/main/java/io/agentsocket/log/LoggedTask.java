package io.agentsocket.log;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.annotation.Internal;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * A task of a timer or of a queue whose failure ends neither: whatever it throws is a
 * line of the log, an {@link Error} too, since a timer that is told of one never runs
 * again, and its subject is left alone for as long as the process lives. Thread-safe.
 */
@Internal
public final class LoggedTask implements Runnable {

	private final Log log;

	private final String failure;

	private final Runnable task;

	/**
	 * Create a task.
	 * @param log where its failures are told
	 * @param failure the line of the log when it fails
	 * @param task its work
	 */
	public LoggedTask(Log log, String failure, Runnable task) {
		this.log = log;
		this.failure = failure;
		this.task = task;
	}

	/**
	 * Run something once.
	 * @param log where a failure is told
	 * @param failure the line of the log when it fails
	 * @param task the work
	 */
	public static void run(Log log, String failure, Runnable task) {
		new LoggedTask(log, failure, task).run();
	}

	/**
	 * Run the task again and again.
	 * @param scheduler where it runs
	 * @param period time before the first turn, and from one to the next
	 * @return ends it
	 */
	public Disposable every(Scheduler scheduler, Duration period) {
		long nanos = period.toNanos();
		return scheduler.schedulePeriodically(this, nanos, nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public void run() {
		try {
			this.task.run();
		}
		catch (Throwable ex) {
			tell(ex);
		}
	}

	private void tell(Throwable error) {
		try {
			this.log.error(this.failure, error);
		}
		catch (Throwable ex) {
			// Without memory there is no line either.
		}
	}

}
