package io.agentsocket.connection;

import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * Runs tasks one at a time: the confinement of all state of a {@link Peer}. Tasks run on
 * the event loop of the present connection; a task submitted from within the loop runs at
 * once. After each batch of tasks one closing task runs, which is where outgoing frames
 * are batched into messages.
 */
final class SerialLoop {

	private static final AtomicIntegerFieldUpdater<SerialLoop> PENDING = AtomicIntegerFieldUpdater
		.newUpdater(SerialLoop.class, "pending");

	private final Queue<Runnable> tasks = Queues.<Runnable>unboundedMultiproducer().get();

	private final Runnable closing;

	private final Consumer<Throwable> failure;

	private final Executor fallback;

	private volatile Executor executor;

	private volatile int pending;

	private volatile @Nullable Thread owner;

	SerialLoop(Executor fallback, Runnable closing, Consumer<Throwable> failure) {
		this.fallback = fallback;
		this.executor = fallback;
		this.closing = closing;
		this.failure = failure;
	}

	/** Where tasks run from now on; {@code null} for the fallback. */
	void runOn(@Nullable Executor executor) {
		this.executor = (executor != null) ? executor : this.fallback;
	}

	boolean inLoop() {
		return this.owner == Thread.currentThread();
	}

	/** Run a task in the loop: at once when called from within, else soon. */
	void execute(Runnable task) {
		if (inLoop()) {
			task.run();
			return;
		}
		this.tasks.offer(task);
		if (PENDING.getAndIncrement(this) == 0) {
			try {
				this.executor.execute(this::drain);
			}
			catch (RejectedExecutionException ex) {
				this.fallback.execute(this::drain);
			}
		}
	}

	/** Run a task in the loop, on this thread unless another one is in the loop. */
	void executeHere(Runnable task) {
		if (inLoop()) {
			task.run();
			return;
		}
		this.tasks.offer(task);
		if (PENDING.getAndIncrement(this) == 0) {
			drain();
		}
	}

	private void drain() {
		this.owner = Thread.currentThread();
		int missed = this.pending;
		do {
			Runnable task = this.tasks.poll();
			while (task != null) {
				run(task);
				task = this.tasks.poll();
			}
			run(this.closing);
			if (this.pending == missed) {
				// Cleared before the loop is given up, so that no other owner is erased.
				this.owner = null;
			}
			missed = PENDING.addAndGet(this, -missed);
			if (missed != 0) {
				this.owner = Thread.currentThread();
			}
		}
		while (missed != 0);
	}

	private void run(Runnable task) {
		try {
			task.run();
		}
		catch (Throwable ex) {
			this.failure.accept(ex);
		}
	}

}
