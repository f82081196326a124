package io.agentsocket.tool;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;

import reactor.core.scheduler.Schedulers;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * How many threads an executor has.
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
			return queues ? pool.getCorePoolSize() : bounded(pool.getMaximumPoolSize());
		}
		if (executor instanceof SimpleAsyncTaskExecutor simple) {
			return Math.max(simple.getConcurrencyLimit(), UNBOUNDED);
		}
		if (executor instanceof BoundedElastic) {
			return Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
		}
		return (executor instanceof ForkJoinPool pool) ? pool.getParallelism() : UNBOUNDED;
	}

	private static int bounded(int threads) {
		return (threads != Integer.MAX_VALUE) ? threads : UNBOUNDED;
	}

}
