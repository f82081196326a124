package io.agentsocket.tool.execution;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.SharedThreads.Owner;
import io.agentsocket.tool.execution.SharedThreads.Task;
import io.agentsocket.tool.execution.SharedThreads.Work;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

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
 * An executor may take work and never run it, as with a decorator that fails before it
 * runs the work. Such work is given up after some seconds, so that its thread does not
 * count as busy for ever.
 */
public final class FairExecutor implements Executor {

	private static final Log logger = PrintableLog.of(FairExecutor.class);

	/**
	 * Time between two looks for lost work: no decorator takes as long to begin a call,
	 * and a caller can wait for two.
	 */
	private static final Duration LOOKS = Duration.ofSeconds(5);

	private final Executor executor;

	private final Duration looks;

	/** Guarded by this. */
	private final SharedThreads threads;

	private final Consumer<Work> ended = this::ended;

	/** Whether there will be a look for lost work; set while this is locked. */
	private volatile boolean watched;

	/**
	 * Create an executor.
	 * @param executor has the threads
	 * @param threads how many
	 */
	FairExecutor(Executor executor, int threads) {
		this(executor, threads, LOOKS);
	}

	FairExecutor(Executor executor, int threads, Duration looks) {
		this.executor = executor;
		this.threads = new SharedThreads(threads);
		this.looks = looks;
	}

	/**
	 * Shares the threads of an executor, if it has a number of them and lets work wait.
	 * @param executor has the threads
	 * @param threads how many are for tools, 0 for all
	 * @return the fair executor, or the given one when that gets all work at once
	 */
	public static Executor sharing(Executor executor, int threads) {
		int all = ExecutorThreads.of(executor, threads);
		return (all != ExecutorThreads.UNBOUNDED) ? new FairExecutor(executor, all) : executor;
	}

	/**
	 * The executor of an invocation.
	 * @param executor the executor of its tool
	 * @param exchange the invocation
	 * @return gives its work its turn, if the executor is a fair one
	 */
	static Executor of(Executor executor, AgentExchange exchange) {
		return (executor instanceof FairExecutor fair) ? new Turns(fair,
				Owner.of(exchange.session(), exchange.principal()), exchange.action().name(), exchange.parent())
				: executor;
	}

	/**
	 * The executor of the work of a session beside invocations.
	 * @param executor the executor of tools
	 * @param session the session
	 * @return gives its work its turn, if the executor is a fair one
	 */
	public static Executor of(Executor executor, AgentSession session) {
		return (executor instanceof FairExecutor fair) ? new SessionTurns(fair, session) : executor;
	}

	/** Work of nobody waits for nothing. */
	@Override
	public void execute(Runnable task) {
		this.executor.execute(task);
	}

	/** Tells how the threads are used at present. */
	public synchronized ThreadUse use() {
		return this.threads.use();
	}

	/** Sessions that have work here. */
	synchronized int sessions() {
		return this.threads.sessions();
	}

	private void execute(Owner owner, Task task) {
		Work own;
		synchronized (this) {
			own = this.threads.add(owner, task, this.ended);
		}
		begin(own);
	}

	private boolean remove(Owner owner, Task task) {
		Work work;
		synchronized (this) {
			if (this.threads.remove(owner, task)) {
				return true;
			}
			work = this.threads.given(owner, task);
		}
		// It may wait in the executor, behind work of others.
		if (work == null || !BlockingWork.remove(this.executor, work)) {
			return false;
		}
		ended(work);
		return true;
	}

	/**
	 * Begin all that may begin.
	 * @param own work whose caller is told by an exception that the executor refuses it
	 */
	private void begin(@Nullable Work own) {
		RejectedExecutionException refused = null;
		for (Work next = next(); next != null; next = next()) {
			try {
				this.executor.execute(next);
			}
			catch (RuntimeException | OutOfMemoryError ex) {
				RejectedExecutionException cause = (ex instanceof RejectedExecutionException rejection) ? rejection
						: noThread(ex);
				over(next);
				if (next == own) {
					refused = cause;
				}
				else {
					refuse(next, cause);
				}
			}
		}
		if (!this.watched) {
			watch();
		}
		if (refused != null) {
			throw refused;
		}
	}

	private static void refuse(Work work, RejectedExecutionException cause) {
		if (work.task().code() instanceof RefusableTask task) {
			task.refused(cause);
		}
	}

	/** No thread can be made, or the executor's own decorator fails. */
	private static RejectedExecutionException noThread(Throwable cause) {
		return new RejectedExecutionException("The executor takes no task", cause);
	}

	private synchronized @Nullable Work next() {
		return this.threads.next();
	}

	private void ended(Work work) {
		over(work);
		begin(null);
	}

	private synchronized void over(Work work) {
		this.threads.over(work);
	}

	private void watch() {
		synchronized (this) {
			if (this.watched || this.threads.isIdle()) {
				return;
			}
			this.watched = true;
		}
		LoggedTask look = new LoggedTask(logger, "Calls that the executor has lost could not be looked for",
				this::look);
		Schedulers.parallel().schedule(look, this.looks.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** Give up work that the executor has lost, as the latest look has found, too. */
	void look() {
		List<Work> lost;
		synchronized (this) {
			this.watched = false;
			lost = this.threads.lost(ExecutorThreads.mayHaveQueued(this.executor));
		}
		for (Work work : lost) {
			String action = work.task().action();
			logger.warn("The executor of tools took " + ((action != null) ? "a call of " + action : "an event")
					+ " and did not run it. Its decorator may have failed");
			over(work);
			refuse(work, new RejectedExecutionException("The executor did not run the task that it took"));
		}
		begin(null);
	}

	/** The executor of one session, whose principal may change. */
	private record SessionTurns(FairExecutor all, AgentSession session) implements Executor {

		@Override
		public void execute(Runnable task) {
			this.all.execute(Owner.of(this.session, this.session.principal()), new Task(task, null, null));
		}

	}

	/** The executor of one invocation. */
	record Turns(FairExecutor all, Owner owner, String action,
			@Nullable Invocation parent) implements RemovingExecutor {

		@Override
		public void execute(Runnable task) {
			this.all.execute(this.owner, new Task(task, this.action, this.parent));
		}

		@Override
		public boolean remove(Runnable task) {
			return this.all.remove(this.owner, new Task(task, this.action, this.parent));
		}

		@Override
		public void executeFirst(Runnable task) {
			// Work waits here and not in the executor, so this is ahead of all of it.
			try {
				this.all.execute(task);
			}
			catch (RejectedExecutionException ex) {
				throw ex;
			}
			catch (RuntimeException | OutOfMemoryError ex) {
				throw noThread(ex);
			}
		}

	}

}
