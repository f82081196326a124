package io.agentsocket.tool.execution;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * How blocking work is handed to an executor and taken back.
 */
final class BlockingWork {

	private BlockingWork() {
	}

	/**
	 * The error for work that the executor did not take.
	 * @param cause the executor's exception
	 * @return an exception that says that nothing ran and that a retry is worth it
	 */
	static ActionException refused(RejectedExecutionException cause) {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many tools are running.").retryable()
			.withCause(cause)
			.notRun();
	}

	/**
	 * Remove work that still waits, as far as the executor can do that; work that cannot
	 * be removed must do nothing when it is run.
	 * @param executor the executor
	 * @param work the work that was handed to it
	 * @return whether it waited and was removed
	 */
	static boolean remove(Executor executor, Runnable work) {
		if (executor instanceof ThreadPoolExecutor pool) {
			return pool.remove(work);
		}
		if (executor instanceof RemovingExecutor turns) {
			return turns.remove(work);
		}
		return executor instanceof ThreadPoolTaskExecutor taskExecutor
				&& taskExecutor.getThreadPoolExecutor().remove(work);
	}

}
