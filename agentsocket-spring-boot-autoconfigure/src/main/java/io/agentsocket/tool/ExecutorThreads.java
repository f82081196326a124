package io.agentsocket.tool;

import java.lang.reflect.Field;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.util.ReflectionUtils;

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
	 * The pool of an executor whose threads may run one call after the other as if they
	 * were one task: it does nothing of its own for each task.
	 * @param executor the executor
	 * @return the pool; {@code null} for an executor that decorates tasks, has a thread
	 * for each, or may do so
	 */
	static @Nullable ThreadPoolExecutor reusable(Executor executor) {
		// A subclass may have overridden what happens around a task.
		if (executor.getClass() == ThreadPoolTaskExecutor.class && !isDecorated(executor)) {
			return ((ThreadPoolTaskExecutor) executor).getThreadPoolExecutor();
		}
		return (executor.getClass() == ThreadPoolExecutor.class) ? (ThreadPoolExecutor) executor : null;
	}

	private static boolean isDecorated(Executor executor) {
		Field decorator = ReflectionUtils.findField(ThreadPoolTaskExecutor.class, "taskDecorator");
		if (decorator == null || !decorator.trySetAccessible()) {
			return true;
		}
		return ReflectionUtils.getField(decorator, executor) != null;
	}

	/**
	 * The number of {@link #of(Executor)}, or one that the application has set.
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
