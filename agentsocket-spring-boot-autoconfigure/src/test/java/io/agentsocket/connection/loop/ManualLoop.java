package io.agentsocket.connection.loop;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * An event loop that runs when the test says so.
 */
public final class ManualLoop implements Executor {

	private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

	@Override
	public synchronized void execute(Runnable task) {
		this.tasks.addLast(task);
	}

	public boolean runOne() {
		Runnable task;
		synchronized (this) {
			task = this.tasks.pollFirst();
		}
		if (task == null) {
			return false;
		}
		task.run();
		return true;
	}

}
