package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.tool.CallQueue.Lane;
import io.agentsocket.tool.CallQueue.Work;
import io.agentsocket.turn.HeldTasks;
import io.agentsocket.turn.LoopTurn;
import org.jspecify.annotations.Nullable;

/**
 * Shares the threads of an executor between sessions and principals. Gives the executor
 * no more work than it has threads, and lets the rest wait here: sessions take turns, the
 * work of each in its order. A session begins more only while it has fewer threads than
 * are free, a principal while it has fewer than twice as many; so whoever comes finds a
 * free one, however much others have ordered. Thread-safe.
 *
 * <p>
 * Work of nested invocations goes before other work of its session, and for each
 * invocation that has called some, one is not held to its share: the caller holds a
 * thread, and may wait for it.
 *
 * <p>
 * Where the executor is a pool, a thread goes on with the next work when one has ended,
 * and calls of tools that are thought to be quick wait for such a thread instead of
 * waking one each. Whenever a thread is found stuck, or calls have waited for a whole
 * look of the {@link StuckWatch}, all that may begin gets threads at once.
 */
final class FairExecutor implements Executor {

	/**
	 * Nanoseconds of quick work for each thread that goes on, above which a further
	 * thread is woken: some ten times what that costs.
	 */
	private static final long WORTH_A_THREAD = 50_000;

	/** Nanoseconds for which results of a thread that goes on are held at most. */
	private static final long HELD = 100_000;

	private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

	private final Executor executor;

	/** The pool whose threads go on, or {@code null} when each work has its own task. */
	private final @Nullable ThreadPoolExecutor pool;

	private final StuckWatch watch = new StuckWatch(this::look);

	private final Runnable starter = () -> begin(null, false);

	/** Guarded by this, like all below it. */
	private final CallQueue queue;

	/** Threads that run quick work, and soon go on with what waits. */
	private final List<Worker> swift = new ArrayList<>();

	/** Whether nothing has waited at some time since the latest look. */
	private boolean emptied = true;

	/** Whether all that waits has its share of the threads. */
	private boolean satisfied;

	/**
	 * Create an executor.
	 * @param executor has the threads
	 * @param threads how many
	 */
	FairExecutor(Executor executor, int threads) {
		this(executor, threads, false);
	}

	/**
	 * Create an executor whose threads may run several calls as one task.
	 * @param executor has the threads
	 * @param threads how many
	 * @param shares whether quick calls share a thread
	 */
	FairExecutor(Executor executor, int threads, boolean shares) {
		this.executor = executor;
		this.queue = new CallQueue(threads);
		this.pool = shares ? ExecutorThreads.reusable(executor) : null;
	}

	/**
	 * The executor of an invocation.
	 * @param executor the executor of its tool
	 * @param exchange the invocation
	 * @return gives its work its turn, if the executor is a fair one
	 */
	static Executor of(Executor executor, AgentExchange exchange) {
		return (executor instanceof FairExecutor fair) ? new Turns(fair, exchange) : executor;
	}

	/** Work of nobody waits for nothing. */
	@Override
	public void execute(Runnable task) {
		this.executor.execute(task);
	}

	private void execute(AgentExchange exchange, Runnable task) {
		CallTime time = (task instanceof Refusable refusable) ? refusable.time() : null;
		LoopTurn turn = (time != null && this.pool != null) ? LoopTurn.present() : null;
		Work own;
		synchronized (this) {
			own = this.queue.add(exchange, task, time);
			this.satisfied = false;
		}
		if (turn != null) {
			turn.atEnd(this.starter);
		}
		else {
			begin(own, false);
		}
	}

	private boolean remove(AgentExchange exchange, Runnable task) {
		Lane lane;
		synchronized (this) {
			lane = this.queue.lane(exchange);
			if (lane != null && this.queue.remove(lane, task)) {
				return true;
			}
		}
		// It may wait in the executor, behind work of others.
		Worker worker = (lane != null) ? new Worker(this, new Work(lane, task, null, null)) : null;
		if (worker == null || !BlockingWork.remove(this.executor, worker)) {
			return false;
		}
		over(worker);
		begin(null, false);
		return true;
	}

	/**
	 * Begin all that may begin and is not better left to a thread that goes on.
	 * @param own work whose caller is told by an exception that the executor refuses it
	 * @param all whether nothing is left to others
	 */
	private void begin(@Nullable Work own, boolean all) {
		RejectedExecutionException refused = null;
		for (Worker next = start(all); next != null; next = start(all)) {
			Work first = next.first;
			try {
				this.executor.execute(next);
			}
			catch (RuntimeException | OutOfMemoryError ex) {
				// No thread can be made, or the executor's own decorator fails.
				RejectedExecutionException cause = (ex instanceof RejectedExecutionException rejection) ? rejection
						: new RejectedExecutionException("The executor takes no task", ex);
				over(next);
				if (first == own) {
					refused = cause;
				}
				else if (first.task() instanceof Refusable task) {
					task.refused(cause);
				}
			}
		}
		if (refused != null) {
			throw refused;
		}
	}

	private @Nullable Worker start(boolean all) {
		synchronized (this) {
			boolean starts = this.pool == null || all || isWorthAThread();
			Work work = starts ? this.queue.next() : null;
			if (work != null) {
				Worker worker = new Worker(this, work);
				if (this.pool != null && work.isQuick()) {
					worker.swift = true;
					this.swift.add(worker);
				}
				return worker;
			}
			this.satisfied = starts;
			this.emptied |= !this.queue.hasWaiting();
			if (starts || !this.queue.hasWaiting()) {
				return null;
			}
		}
		return this.watch.wake() ? null : start(true);
	}

	private boolean isWorthAThread() {
		int threads = this.swift.size();
		return this.queue.hasWaiting() && (threads == 0 || this.queue.hasSlow()
				|| threads < PROCESSORS && this.queue.nanos() > WORTH_A_THREAD * threads);
	}

	private synchronized void over(Worker worker) {
		this.swift.remove(worker);
		this.queue.over(worker.first);
	}

	/** Run work, and then what waits as long as nobody else needs the thread. */
	private void run(Worker worker, ThreadPoolExecutor pool) {
		HeldTasks held = HeldTasks.enter();
		worker.held = held;
		try {
			long start = System.nanoTime();
			long released = start;
			for (Work work = worker.first; work != null;) {
				run(worker, work);
				long now = System.nanoTime();
				work.took(now - start);
				start = now;
				work = next(worker, work, goesOn(pool));
				if (work != null && (!work.isQuick() || now - released > HELD)) {
					held.release();
					released = now;
				}
				if (work != null && (worker.more || !work.isQuick() || !this.watch.wake())) {
					begin(null, false);
				}
			}
		}
		finally {
			held.leave();
			begin(null, false);
		}
	}

	private void run(Worker worker, Work work) {
		boolean ended = false;
		try {
			work.task().run();
			ended = true;
		}
		finally {
			if (!ended) {
				next(worker, work, false);
			}
		}
	}

	/** Other work of the pool goes first, and an event loop has other things to do. */
	private static boolean goesOn(ThreadPoolExecutor pool) {
		boolean goesOn = pool.getQueue().isEmpty() && !pool.isShutdown() && LoopTurn.present() == null;
		if (goesOn && Thread.interrupted() && pool.isShutdown()) {
			Thread.currentThread().interrupt();
		}
		return goesOn;
	}

	private synchronized @Nullable Work next(Worker worker, Work ended, boolean goesOn) {
		worker.ended++;
		this.queue.over(ended);
		this.satisfied = false;
		Work next = goesOn ? this.queue.next() : null;
		boolean swift = next != null && next.isQuick();
		if (swift && !worker.swift) {
			this.swift.add(worker);
		}
		else if (!swift && worker.swift) {
			this.swift.remove(worker);
		}
		worker.swift = swift;
		worker.more = isWorthAThread();
		this.emptied |= !this.queue.hasWaiting();
		return next;
	}

	/**
	 * Hand over what waits for a thread that stands, or has waited since the latest look.
	 * @return whether something waits or is held
	 */
	private boolean look() {
		List<HeldTasks> late = new ArrayList<>(2);
		boolean handsOver;
		boolean goesOn;
		synchronized (this) {
			boolean stands = this.swift.removeIf((worker) -> stands(worker, late));
			boolean waits = this.queue.hasWaiting();
			handsOver = waits && !this.satisfied && (stands || !this.emptied);
			goesOn = waits && !this.satisfied || this.swift.stream().anyMatch(Worker::holds);
			this.emptied = !waits;
		}
		late.forEach(HeldTasks::release);
		if (handsOver) {
			begin(null, true);
		}
		return goesOn;
	}

	private static boolean stands(Worker worker, List<HeldTasks> late) {
		boolean stands = worker.seen == worker.ended;
		worker.seen = worker.ended;
		if (stands) {
			worker.swift = false;
			if (worker.held != null) {
				late.add(worker.held);
			}
		}
		return stands;
	}

	/** Sessions that have work here. */
	synchronized int sessions() {
		return this.queue.sessions();
	}

	/** Work that hears that it was refused after it had waited. */
	interface Refusable {

		/**
		 * The executor does not take it.
		 * @param cause the executor's exception
		 */
		void refused(RejectedExecutionException cause);

		/** The time that such work takes; {@code null} when it needs an own thread. */
		default @Nullable CallTime time() {
			return null;
		}

	}

	/** The executor of one invocation. */
	record Turns(FairExecutor all, AgentExchange exchange) implements RemovingExecutor {

		@Override
		public void execute(Runnable task) {
			this.all.execute(this.exchange, task);
		}

		@Override
		public boolean remove(Runnable task) {
			return this.all.remove(this.exchange, task);
		}

		@Override
		public void executeFirst(Runnable task) {
			// Work waits here and not in the executor, so this is ahead of all of it.
			this.all.execute(task);
		}

	}

	/**
	 * A thread that begins with a task; the same for the same task, to be found again.
	 */
	private static final class Worker implements Runnable {

		private final FairExecutor all;

		private final Work first;

		/** Results that it holds back for loops; {@code null} until it runs. */
		private volatile @Nullable HeldTasks held;

		/** Whether it runs quick work; guarded by the executor, like all below it. */
		private boolean swift;

		/** Whether a further thread is worth it. Also read by the worker itself. */
		private boolean more;

		private int ended;

		/** The value of {@link #ended} at the latest look. */
		private int seen = -1;

		Worker(FairExecutor all, Work first) {
			this.all = all;
			this.first = first;
		}

		boolean holds() {
			HeldTasks held = this.held;
			return held != null && !held.isEmpty();
		}

		@Override
		public void run() {
			ThreadPoolExecutor pool = this.all.pool;
			if (pool != null) {
				this.all.run(this, pool);
				return;
			}
			try {
				this.first.task().run();
			}
			finally {
				this.all.over(this);
				this.all.begin(null, false);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Worker worker && worker.first.task() == this.first.task()
					&& worker.first.lane() == this.first.lane();
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this.first.task());
		}

	}

}
