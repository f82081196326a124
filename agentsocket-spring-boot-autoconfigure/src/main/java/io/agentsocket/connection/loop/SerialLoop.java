package io.agentsocket.connection.loop;

import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * Runs tasks one at a time, so that all state of a peer is confined to it. Tasks run on
 * the event loop of the present connection; a task submitted from within the loop runs at
 * once. After each batch of tasks one closing task runs, which is where outgoing frames
 * are batched into messages.
 */
public final class SerialLoop {

	private static final Log logger = PrintableLog.of(SerialLoop.class);

	private static final AtomicIntegerFieldUpdater<SerialLoop> PENDING = AtomicIntegerFieldUpdater
		.newUpdater(SerialLoop.class, "pending");

	private static final AtomicIntegerFieldUpdater<Home> ASKED = AtomicIntegerFieldUpdater.newUpdater(Home.class,
			"asked");

	/**
	 * Tasks after which the closing task runs and the thread is left although there are
	 * more: few enough that others hardly wait, and enough to make one message of.
	 */
	private static final int BATCH = 256;

	private final Queue<Runnable> tasks = Queues.<Runnable>unboundedMultiproducer().get();

	private final Runnable closing;

	private final Consumer<Throwable> failure;

	private final Home fallback;

	private volatile Home home;

	/**
	 * Tasks that were submitted and not yet accounted for; the thread that raises the
	 * number from 0 drains.
	 */
	private volatile int pending;

	private volatile @Nullable Thread owner;

	/** Tasks that may still run in this turn; belongs to the thread that drains. */
	private int left;

	public SerialLoop(Executor fallback, Runnable closing, Consumer<Throwable> failure) {
		this.fallback = new Home(fallback);
		this.home = this.fallback;
		this.closing = closing;
		this.failure = failure;
	}

	/**
	 * Sets the executor on which tasks run from now on; {@code null} for the fallback.
	 * Called in the loop: the present task ends where it is, all others and the closing
	 * task run over there.
	 */
	public void runOn(@Nullable Executor executor) {
		Home present = this.home;
		if (executor == null) {
			this.home = this.fallback;
		}
		else if (present.executor != executor) {
			this.home = new Home(executor);
		}
	}

	/** Whether the present thread is in the loop. */
	public boolean inLoop() {
		return this.owner == Thread.currentThread();
	}

	/** Run a task in the loop: at once when called from within, else soon. */
	public void execute(Runnable task) {
		if (inLoop()) {
			task.run();
		}
		else {
			executeLater(task);
		}
	}

	/** Run a task in the loop behind all that were submitted before. */
	public void executeLater(Runnable task) {
		this.tasks.offer(task);
		if (PENDING.getAndIncrement(this) == 0) {
			this.home.submit();
		}
	}

	/**
	 * Run a task in the loop, on this thread if no other one is in the loop.
	 * @param here the executor that this thread belongs to
	 */
	public void executeHere(Runnable task, Executor here) {
		if (inLoop()) {
			task.run();
			return;
		}
		this.tasks.offer(task);
		if (PENDING.getAndIncrement(this) == 0) {
			Home present = this.home;
			if (present.executor == here) {
				drain(present, true);
			}
			else {
				present.submit();
			}
		}
	}

	/**
	 * Run the pending tasks.
	 * @param here where this is
	 * @param yields whether the thread does other work after a batch, before the rest
	 */
	private void drain(Home here, boolean yields) {
		this.owner = Thread.currentThread();
		this.left = BATCH;
		while (true) {
			int missed = runTasks(here);
			if (this.home == here) {
				run(this.closing);
			}
			if (this.home != here) {
				// The loop goes on elsewhere. Pending tasks keep other threads out
				// meanwhile.
				this.owner = null;
				this.home.submit();
				return;
			}
			if (!this.tasks.isEmpty()) {
				if (this.left <= 0 && yields) {
					// Other sessions of this thread get their turn, and the socket its
					// flush. Pending tasks keep other threads out meanwhile.
					this.owner = null;
					here.submit();
					return;
				}
				this.left = (this.left > 0) ? this.left : BATCH;
				continue;
			}
			if (this.pending == missed) {
				// Cleared before the loop is given up, so that no other owner is erased.
				this.owner = null;
			}
			if (PENDING.addAndGet(this, -missed) == 0) {
				return;
			}
			this.owner = Thread.currentThread();
		}
	}

	/**
	 * Run a batch of tasks.
	 * @return how many were submitted in all when there was none left
	 */
	private int runTasks(Home here) {
		int submitted;
		do {
			Runnable task = this.tasks.poll();
			while (task != null) {
				run(task);
				task = (this.home == here && --this.left > 0) ? this.tasks.poll() : null;
			}
			submitted = this.pending;
		}
		while (this.home == here && this.left > 0 && !this.tasks.isEmpty());
		return submitted;
	}

	private void run(Runnable task) {
		try {
			task.run();
		}
		catch (Throwable ex) {
			failed(ex);
		}
	}

	private void failed(Throwable error) {
		try {
			this.failure.accept(error);
		}
		catch (Throwable ex) {
			logger.error("A failure could not be handled", ex);
		}
	}

	/** An executor on which the loop runs, and the task that it gets. */
	private final class Home implements Runnable {

		private final Executor executor;

		/**
		 * 1 from when a turn is asked for until it begins. An executor that fails may
		 * have queued it all the same, and runs it late: nobody has asked for it then.
		 */
		private volatile int asked;

		Home(Executor executor) {
			this.executor = executor;
		}

		void submit() {
			this.asked = 1;
			try {
				this.executor.execute(this);
			}
			catch (RejectedExecutionException | Error ex) {
				// No thread, or no memory: nobody else would ever run the tasks.
				submitElsewhere();
			}
		}

		/** The executor is shut down: submitted tasks must run all the same. */
		private void submitElsewhere() {
			try {
				SerialLoop.this.fallback.executor.execute(this);
			}
			catch (RejectedExecutionException | Error ex) {
				// On this thread, which there is no other work for.
				turn(false);
			}
		}

		@Override
		public void run() {
			turn(true);
		}

		private void turn(boolean yields) {
			if (ASKED.compareAndSet(this, 1, 0)) {
				drain(this, yields);
			}
		}

	}

}
