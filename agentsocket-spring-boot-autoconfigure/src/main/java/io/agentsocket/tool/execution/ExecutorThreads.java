package io.agentsocket.tool.execution;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * How many threads an executor has that lets work wait for them. Others run it at once,
 * refuse it, or let the thread wait that brings it; and a thread that brings the next
 * work when its own is over still counts as busy for them.
 */
final class ExecutorThreads {

	/** As many as there is work: virtual threads, or an executor that is not known. */
	static final int UNBOUNDED = 0;

	private ExecutorThreads() {
	}

	/**
	 * The number of tasks that an executor runs at the same time before others wait.
	 * @param executor the executor
	 * @return the number, or {@link #UNBOUNDED}
	 */
	static int of(Executor executor) {
		if (executor instanceof ThreadPoolTaskExecutor taskExecutor) {
			return of(taskExecutor.getThreadPoolExecutor());
		}
		if (executor instanceof ThreadPoolExecutor pool) {
			// A pool with a queue fills it before it has more threads than that.
			boolean queues = pool.getQueue().remainingCapacity() + pool.getQueue().size() > 0;
			return queues ? pool.getCorePoolSize() : UNBOUNDED;
		}
		return (executor instanceof ForkJoinPool pool) ? pool.getParallelism() : UNBOUNDED;
	}

	/**
	 * Whether tasks may wait in an executor.
	 * @param executor the executor
	 * @return {@code false} if certainly none does; {@code true} for executors that are
	 * not known
	 */
	static boolean mayHaveQueued(Executor executor) {
		if (executor instanceof ThreadPoolTaskExecutor taskExecutor) {
			return mayHaveQueued(taskExecutor.getThreadPoolExecutor());
		}
		if (executor instanceof ThreadPoolExecutor pool) {
			return !pool.getQueue().isEmpty();
		}
		return !(executor instanceof ForkJoinPool pool) || pool.hasQueuedSubmissions() || pool.getQueuedTaskCount() > 0;
	}

	/**
	 * The same with a number that the application has set.
	 * @param executor the executor
	 * @param set the number, or 0 for that of the executor
	 * @return the number, or {@link #UNBOUNDED}; that, too, for an executor that lets the
	 * thread wait which brings it work: it would wait for itself
	 */
	static int of(Executor executor, int set) {
		boolean blocks = executor instanceof SimpleAsyncTaskExecutor simple && simple.isThrottleActive();
		return (set == 0 || blocks) ? of(executor) : set;
	}

}
