package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;

import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait until a step and all before it are durable, in order. Runs in the
 * peer's loop.
 */
final class StepWaiters {

	private record Waiter(long number, Runnable task) {

	}

	private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(4);

	/**
	 * Adds a task.
	 * @param number the step that it waits for, not below that of the task before
	 * @param task the task
	 */
	void add(long number, Runnable task) {
		this.waiters.add(new Waiter(number, task));
	}

	boolean areDue(long durable) {
		Waiter waiter = this.waiters.peek();
		return waiter != null && waiter.number <= durable;
	}

	/**
	 * Takes the next task that waits no more.
	 * @param durable number of the latest durable step
	 * @return the task, or null if there is none
	 */
	@Nullable Runnable next(long durable) {
		return areDue(durable) ? this.waiters.remove().task : null;
	}

	void clear() {
		this.waiters.clear();
	}

}
