package io.agentsocket.tool.execution;

import java.util.concurrent.Executor;

/**
 * An executor that can give work back before it has begun. Thread-safe.
 */
interface RemovingExecutor extends Executor {

	/**
	 * Take work back.
	 * @param task the task that was handed to it
	 * @return whether it waited and was removed; a task that has begun goes on
	 */
	boolean remove(Runnable task);

	/**
	 * Run work that only lets go of something: it takes the next thread and waits behind
	 * no other work.
	 * @param task the work
	 * @throws java.util.concurrent.RejectedExecutionException if it is not taken
	 */
	void executeFirst(Runnable task);

}
