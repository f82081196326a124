package io.agentsocket.observation;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;

/**
 * Brings records to listeners, in order and one at a time, on an executor: neither the
 * event loop nor an invocation waits for them. Bounded. Thread-safe.
 */
@Internal
public final class AuditQueue implements AutoCloseable {

	private static final Log logger = PrintableLog.of(AuditQueue.class);

	/** Records that wait: some MiB without arguments. */
	private static final int MAX_WAITING = 10_000;

	/** Records that one task brings, so that other tasks have their turn. */
	private static final int BATCH = 256;

	private final List<InvocationAuditListener> listeners;

	private final Executor executor;

	private final ArrayBlockingQueue<InvocationAudit> waiting;

	private final AtomicBoolean running = new AtomicBoolean();

	/** Whether the present loss is logged. */
	private final AtomicBoolean dropping = new AtomicBoolean();

	private final LongAdder dropped = new LongAdder();

	/**
	 * Create a queue.
	 * @param listeners told in this order
	 * @param executor calls them
	 */
	public AuditQueue(List<InvocationAuditListener> listeners, Executor executor) {
		this(listeners, executor, MAX_WAITING);
	}

	AuditQueue(List<InvocationAuditListener> listeners, Executor executor, int maxWaiting) {
		this.listeners = List.copyOf(listeners);
		this.executor = executor;
		this.waiting = new ArrayBlockingQueue<>(maxWaiting);
	}

	/**
	 * Records that were dropped because the listeners were too slow.
	 * @return how many
	 */
	public long dropped() {
		return this.dropped.sum();
	}

	void add(InvocationAudit audit) {
		if (!this.waiting.offer(audit)) {
			this.dropped.increment();
			if (this.dropping.compareAndSet(false, true)) {
				logger.warn("The audit listeners are too slow: invocations are not recorded until they catch up");
			}
		}
		begin();
	}

	private void begin() {
		if (this.running.compareAndSet(false, true)) {
			try {
				this.executor.execute(this::run);
			}
			catch (RejectedExecutionException | Error ex) {
				// The next record tries again, and the end of the application takes all.
				this.running.set(false);
			}
		}
	}

	private void run() {
		try {
			tell(BATCH);
			if (this.waiting.isEmpty() && this.dropping.compareAndSet(true, false)) {
				logger
					.warn("The audit listeners have caught up; " + dropped() + " invocations were not recorded so far");
			}
		}
		finally {
			this.running.set(false);
		}
		if (!this.waiting.isEmpty()) {
			begin();
		}
	}

	private synchronized void tell(int max) {
		for (int i = 0; i < max; i++) {
			InvocationAudit audit = this.waiting.poll();
			if (audit == null) {
				return;
			}
			for (InvocationAuditListener listener : this.listeners) {
				LoggedTask.run(logger, "An audit listener failed", () -> listener.audited(audit));
			}
		}
	}

	/** Brings all that still waits, behind the record that is being brought. */
	@Override
	public void close() {
		tell(Integer.MAX_VALUE);
	}

}
