package io.agentsocket.tool;

import java.security.Principal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.CallSession;
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
 */
final class FairExecutor implements Executor {

	/** A principal may have so many times the free threads, a session once as many. */
	private static final int PRINCIPAL = 2;

	private final Executor executor;

	private final int threads;

	/** Principals that have work here, guarded by this like all below it. */
	private final Map<Object, Group> groups = new HashMap<>();

	/** Groups in which something waits, in the order of their turns. */
	private final Deque<Group> waiting = new ArrayDeque<>();

	private int running;

	private final ThreadShares shares = new ThreadShares();

	/**
	 * Create an executor.
	 * @param executor has the threads
	 * @param threads how many
	 */
	FairExecutor(Executor executor, int threads) {
		this.executor = executor;
		this.threads = threads;
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
	static Executor of(Executor executor, AgentSession session) {
		return (executor instanceof FairExecutor fair) ? new SessionTurns(fair, session) : executor;
	}

	/** Work of nobody waits for nothing. */
	@Override
	public void execute(Runnable task) {
		this.executor.execute(task);
	}

	/** Tells how the threads are used at present. */
	synchronized ThreadUse use() {
		return this.shares.use(this.threads, this.running);
	}

	private void execute(Owner owner, @Nullable String action, @Nullable Invocation parent, Runnable task) {
		Work own;
		synchronized (this) {
			Group group = this.groups.computeIfAbsent(owner.group(), Group::new);
			Lane lane = group.lanes.computeIfAbsent(owner.session(), (id) -> new Lane(group, id));
			own = new Work(this, lane, task, action, parent);
			lane.add(own);
			this.shares.count(action, 0, 1);
			if (!group.listed) {
				group.listed = true;
				this.waiting.addLast(group);
			}
		}
		begin(own);
	}

	private boolean remove(Owner owner, @Nullable String action, @Nullable Invocation parent, Runnable task) {
		Lane lane;
		synchronized (this) {
			Group group = this.groups.get(owner.group());
			lane = (group != null) ? group.lanes.get(owner.session()) : null;
			if (lane != null && lane.remove(task)) {
				this.shares.count(action, 0, -1);
				tidy(lane);
				return true;
			}
		}
		// It may wait in the executor, behind work of others.
		Work work = (lane != null) ? new Work(this, lane, task, action, parent) : null;
		if (work == null || !BlockingWork.remove(this.executor, work)) {
			return false;
		}
		over(work);
		begin(null);
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
				else if (next.task instanceof RefusableTask task) {
					task.refused(cause);
				}
			}
		}
		if (refused != null) {
			throw refused;
		}
	}

	/** No thread can be made, or the executor's own decorator fails. */
	private static RejectedExecutionException noThread(Throwable cause) {
		return new RejectedExecutionException("The executor takes no task", cause);
	}

	private synchronized @Nullable Work next() {
		int free = this.threads - this.running;
		if (free <= 0) {
			return null;
		}
		for (int i = this.waiting.size(); i > 0; i--) {
			Group group = this.waiting.removeFirst();
			Work work = group.next(free);
			group.listed = group.hasWaiting();
			if (group.listed) {
				this.waiting.addLast(group);
			}
			if (work != null) {
				this.running++;
				group.running++;
				work.lane.running++;
				this.shares.count(work.action, 1, -1);
				return work;
			}
		}
		return null;
	}

	private synchronized void over(Work work) {
		// An executor that runs tasks on the caller's thread may throw after the task
		// ran.
		if (work.over) {
			return;
		}
		work.over = true;
		this.running--;
		this.shares.count(work.action, -1, 0);
		work.lane.running--;
		work.lane.group.running--;
		work.lane.over(work);
		tidy(work.lane);
	}

	private void tidy(Lane lane) {
		Group group = lane.group;
		if (lane.running == 0 && lane.isEmpty()) {
			group.lanes.remove(lane.session, lane);
			if (group.lanes.isEmpty() && this.groups.remove(group.key, group) && group.listed) {
				group.listed = false;
				this.waiting.remove(group);
			}
		}
	}

	/** Sessions that have work here. */
	synchronized int sessions() {
		return this.groups.values().stream().mapToInt((group) -> group.lanes.size()).sum();
	}

	/**
	 * A source of work.
	 *
	 * @param session the session, by its id, or the caller of calls without one
	 * @param group the principal, or the session: one without a principal shares with
	 * nobody
	 */
	private record Owner(Object session, Object group) {

		static Owner of(AgentSession session, @Nullable Principal principal) {
			Object key = CallSession.turnKey(session);
			return new Owner(key, (principal != null) ? new Named(principal.getName()) : key);
		}

	}

	/** The executor of one session, whose principal may change. */
	private record SessionTurns(FairExecutor all, AgentSession session) implements Executor {

		@Override
		public void execute(Runnable task) {
			this.all.execute(Owner.of(this.session, this.session.principal()), null, null, task);
		}

	}

	/** The executor of one invocation. */
	record Turns(FairExecutor all, Owner owner, String action,
			@Nullable Invocation parent) implements RemovingExecutor {

		@Override
		public void execute(Runnable task) {
			this.all.execute(this.owner, this.action, this.parent, task);
		}

		@Override
		public boolean remove(Runnable task) {
			return this.all.remove(this.owner, this.action, this.parent, task);
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

	/** A principal, which is no session of the same name. */
	private record Named(String name) {
	}

	/** The sessions of a principal that have work here. */
	private static final class Group {

		private final Object key;

		/** In the order of their turns. */
		private final Map<Object, Lane> lanes = new LinkedHashMap<>();

		private int running;

		private boolean listed;

		/** Work of nested invocations that waits. */
		private int nested;

		Group(Object key) {
			this.key = key;
		}

		boolean hasWaiting() {
			for (Lane lane : this.lanes.values()) {
				if (!lane.isEmpty()) {
					return true;
				}
			}
			return false;
		}

		/** The next work that may begin; null when none may. */
		@Nullable Work next(int free) {
			boolean share = this.running < PRINCIPAL * free;
			if (!share && this.nested == 0) {
				return null;
			}
			for (Lane lane : this.lanes.values()) {
				Work work = lane.next(share && lane.running < free);
				if (work != null) {
					// The others come first now.
					this.lanes.remove(lane.session);
					this.lanes.put(lane.session, lane);
					return work;
				}
			}
			return null;
		}

	}

	/** The work of a session. */
	private static final class Lane {

		private final Group group;

		private final Object session;

		private final Deque<Work> own = new ArrayDeque<>(2);

		private final Deque<Work> nested = new ArrayDeque<>(2);

		/** Work that runs beyond the share, by the invocation that has called it. */
		private final Map<@Nullable Invocation, Work> exempt = new IdentityHashMap<>(2);

		private int running;

		Lane(Group group, Object session) {
			this.group = group;
			this.session = session;
		}

		void add(Work work) {
			boolean isNested = work.parent != null;
			(isNested ? this.nested : this.own).addLast(work);
			this.group.nested += isNested ? 1 : 0;
		}

		boolean isEmpty() {
			return this.own.isEmpty() && this.nested.isEmpty();
		}

		boolean remove(Runnable task) {
			if (this.nested.removeIf((work) -> work.task == task)) {
				this.group.nested--;
				return true;
			}
			return this.own.removeIf((work) -> work.task == task);
		}

		@Nullable Work next(boolean share) {
			for (Iterator<Work> all = this.nested.iterator(); all.hasNext();) {
				Work work = all.next();
				// The caller's word alone does not free a whole session of its share.
				if (share || this.exempt.putIfAbsent(work.parent, work) == null) {
					all.remove();
					this.group.nested--;
					return work;
				}
			}
			return share ? this.own.poll() : null;
		}

		void over(Work work) {
			// Work that is taken back from the executor is an equal one, not the same.
			if (work.parent != null && work.equals(this.exempt.get(work.parent))) {
				this.exempt.remove(work.parent);
			}
		}

	}

	/** A task in its turn; the same for the same task, so that it is found again. */
	private static final class Work implements Runnable {

		private final FairExecutor all;

		private final Lane lane;

		private final Runnable task;

		private final @Nullable String action;

		private final @Nullable Invocation parent;

		/** Guarded by the executor. */
		private boolean over;

		Work(FairExecutor all, Lane lane, Runnable task, @Nullable String action, @Nullable Invocation parent) {
			this.all = all;
			this.lane = lane;
			this.task = task;
			this.action = action;
			this.parent = parent;
		}

		@Override
		public void run() {
			try {
				this.task.run();
			}
			finally {
				this.all.over(this);
				this.all.begin(null);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Work work && work.task == this.task && work.lane == this.lane;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this.task);
		}

	}

}
