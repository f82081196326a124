package io.agentsocket.turn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * Tasks that a worker has for loops, held back until it has ended some calls, so that
 * each event loop is woken once for all of them. Only a task that is given while the
 * worker {@link #hold() holds} is kept; any other one takes those that are kept along, so
 * that the order is the same. {@link #release()} may be called from any thread.
 */
public final class HeldTasks {

	private static final ThreadLocal<@Nullable HeldTasks> PRESENT = new ThreadLocal<>();

	/** Guarded by this, as all below it. */
	private List<Receiver> receivers = new ArrayList<>();

	private List<Runnable> tasks = new ArrayList<>();

	/** Confined to the worker. */
	private boolean holding;

	/** The tasks of this thread, or {@code null} when it is no worker. */
	public static @Nullable HeldTasks present() {
		return PRESENT.get();
	}

	/** Make this thread a worker. {@link #leave()} ends it. */
	public static HeldTasks enter() {
		HeldTasks held = new HeldTasks();
		PRESENT.set(held);
		return held;
	}

	/** Give away what is kept; this thread is no worker any more. */
	public void leave() {
		PRESENT.set(null);
		release();
	}

	/** Keep the tasks that this thread has for loops from now on. */
	public void hold() {
		this.holding = true;
	}

	/** Keep no more tasks. */
	public void stop() {
		this.holding = false;
	}

	/**
	 * A task of this thread for a loop.
	 * @param receiver the loop
	 * @param task the task
	 * @return whether it is kept; if not, all that were kept are in their loops
	 */
	public boolean add(Receiver receiver, Runnable task) {
		if (!this.holding) {
			release();
			return false;
		}
		synchronized (this) {
			this.receivers.add(receiver);
			this.tasks.add(task);
		}
		return true;
	}

	/** Whether nothing is kept. */
	public synchronized boolean isEmpty() {
		return this.tasks.isEmpty();
	}

	/** Give the tasks to their loops: first all of them, then each thread is woken. */
	public void release() {
		List<WakeUp> wakeUps = new ArrayList<>(2);
		synchronized (this) {
			if (this.tasks.isEmpty()) {
				return;
			}
			// In the lock, so that no later task of this worker overtakes them.
			for (int i = 0; i < this.tasks.size(); i++) {
				WakeUp wakeUp = this.receivers.get(i).offer(this.tasks.get(i));
				if (wakeUp != null) {
					wakeUps.add(wakeUp);
				}
			}
			this.receivers.clear();
			this.tasks.clear();
		}
		for (int i = 0; i < wakeUps.size();) {
			i = wake(wakeUps, i);
		}
	}

	/** Wake the loops of one executor that follow each other. */
	private static int wake(List<WakeUp> wakeUps, int from) {
		Executor executor = wakeUps.get(from).executor();
		int to = from + 1;
		while (to < wakeUps.size() && wakeUps.get(to).executor() == executor) {
			to++;
		}
		if (to == from + 1) {
			wakeUps.get(from).submit();
			return to;
		}
		List<WakeUp> same = List.copyOf(wakeUps.subList(from, to));
		try {
			executor.execute(() -> same.forEach(WakeUp::run));
		}
		catch (RuntimeException ex) {
			// It is shut down: each loop knows another place.
			same.forEach(WakeUp::submit);
		}
		return to;
	}

	/** A loop. */
	public interface Receiver {

		/**
		 * Take a task.
		 * @return has to be submitted, or {@code null} when the loop runs already
		 */
		@Nullable WakeUp offer(Runnable task);

	}

	/** Runs the pending tasks of a loop, on its executor. */
	public interface WakeUp extends Runnable {

		/** Where it has to be run. */
		Executor executor();

		/** Has it run there, or elsewhere if that is shut down. */
		void submit();

	}

}
