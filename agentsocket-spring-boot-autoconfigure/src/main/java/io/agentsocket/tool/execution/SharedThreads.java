package io.agentsocket.tool.execution;

import java.security.Principal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.agentsocket.action.Invocation;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.CallSession;
import org.jspecify.annotations.Nullable;

/**
 * The work that has the threads of an executor, and the work that waits for them, by
 * principals and sessions. Chooses the next one. Not thread-safe.
 */
final class SharedThreads {

	/** A principal may have so many times the free threads, a session once as many. */
	private static final int PRINCIPAL = 2;

	private final int threads;

	/** Principals that have work here. */
	private final Map<Object, Group> groups = new HashMap<>();

	/** Groups in which something waits, in the order of their turns. */
	private final Deque<Group> waiting = new ArrayDeque<>();

	/** Work that the executor has, each at its place. */
	private final List<Work> given = new ArrayList<>();

	private final ThreadShares shares = new ThreadShares();

	/**
	 * Share threads.
	 * @param threads how many there are
	 */
	SharedThreads(int threads) {
		this.threads = threads;
	}

	ThreadUse use() {
		return this.shares.use(this.threads, this.given.size());
	}

	/** Sessions that have work here. */
	int sessions() {
		return this.groups.values().stream().mapToInt((group) -> group.lanes.size()).sum();
	}

	/** Whether no thread is taken. */
	boolean isIdle() {
		return this.given.isEmpty();
	}

	/**
	 * A task waits from now on.
	 * @param owner whose it is
	 * @param task the task
	 * @param ended told by the thread that has run it
	 * @return waits for its turn
	 */
	Work add(Owner owner, Task task, Consumer<Work> ended) {
		Group group = this.groups.computeIfAbsent(owner.group(), Group::new);
		Lane lane = group.lanes.computeIfAbsent(owner.session(), (id) -> new Lane(group, id));
		Work work = new Work(lane, task, ended);
		lane.add(work);
		this.shares.count(task.action(), 0, 1);
		if (!group.listed) {
			group.listed = true;
			this.waiting.addLast(group);
		}
		return work;
	}

	/**
	 * A task does not wait any more.
	 * @param owner whose it is
	 * @param task the task
	 * @return {@code false} when it does not wait here
	 */
	boolean remove(Owner owner, Task task) {
		Lane lane = lane(owner);
		if (lane == null || !lane.remove(task.code())) {
			return false;
		}
		this.shares.count(task.action(), 0, -1);
		tidy(lane);
		return true;
	}

	/**
	 * The work of a task that an executor may have.
	 * @param owner whose it is
	 * @param task the task
	 * @return is equal to that work; {@code null} if there is certainly none
	 */
	@Nullable Work given(Owner owner, Task task) {
		Lane lane = lane(owner);
		return (lane != null) ? new Work(lane, task, (work) -> {
		}) : null;
	}

	private @Nullable Lane lane(Owner owner) {
		Group group = this.groups.get(owner.group());
		return (group != null) ? group.lanes.get(owner.session()) : null;
	}

	/** The next work that gets a thread; null when there is none. */
	@Nullable Work next() {
		int free = this.threads - this.given.size();
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
				give(work);
				return work;
			}
		}
		return null;
	}

	private void give(Work work) {
		work.place = this.given.size();
		this.given.add(work);
		work.lane.group.running++;
		work.lane.running++;
		this.shares.count(work.task.action(), 1, -1);
	}

	/** The thread of some work is free. */
	void over(Work work) {
		// An executor that runs tasks on the caller's thread may throw after the task
		// ran.
		if (work.over) {
			return;
		}
		work.over = true;
		take(work);
		this.shares.count(work.task.action(), -1, 0);
		work.lane.running--;
		work.lane.group.running--;
		work.lane.over(work);
		tidy(work.lane);
	}

	/** The latest work gets the place of the one that is over. */
	private void take(Work work) {
		int place = (this.given.get(work.place) == work) ? work.place : this.given.indexOf(work);
		Work latest = this.given.remove(this.given.size() - 1);
		if (place < this.given.size()) {
			latest.place = place;
			this.given.set(place, latest);
		}
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

	/**
	 * Look for work that the executor has taken and will not run. Work that has not
	 * begun, and that two looks have found in no queue, is not between the queue and its
	 * thread either.
	 * @param queues whether tasks may wait in the executor
	 * @return work that does nothing when it is run after all
	 */
	List<Work> lost(boolean queues) {
		List<Work> lost = new ArrayList<>();
		for (Work work : this.given) {
			if (!queues && work.missed && work.begin()) {
				lost.add(work);
			}
			work.missed = !queues;
		}
		return lost;
	}

	/**
	 * Something to run.
	 *
	 * @param code the code
	 * @param action name of the action that it belongs to, if any
	 * @param parent the invocation that it is nested into, if any
	 */
	record Task(Runnable code, @Nullable String action, @Nullable Invocation parent) {
	}

	/**
	 * A source of work.
	 *
	 * @param session the session, by its id, or the caller of calls without one
	 * @param group the principal, or the session: one without a principal shares with
	 * nobody
	 */
	record Owner(Object session, Object group) {

		static Owner of(AgentSession session, @Nullable Principal principal) {
			Object key = CallSession.turnKey(session);
			return new Owner(key, (principal != null) ? new Named(principal.getName()) : key);
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
			boolean isNested = work.task.parent() != null;
			(isNested ? this.nested : this.own).addLast(work);
			this.group.nested += isNested ? 1 : 0;
		}

		boolean isEmpty() {
			return this.own.isEmpty() && this.nested.isEmpty();
		}

		boolean remove(Runnable code) {
			if (this.nested.removeIf((work) -> work.task.code() == code)) {
				this.group.nested--;
				return true;
			}
			return this.own.removeIf((work) -> work.task.code() == code);
		}

		@Nullable Work next(boolean share) {
			for (Iterator<Work> all = this.nested.iterator(); all.hasNext();) {
				Work work = all.next();
				// The caller's word alone does not free a whole session of its share.
				if (share || this.exempt.putIfAbsent(work.task.parent(), work) == null) {
					all.remove();
					this.group.nested--;
					return work;
				}
			}
			return share ? this.own.poll() : null;
		}

		void over(Work work) {
			// Work that is taken back from the executor is an equal one, not the same.
			if (work.task.parent() != null && work.equals(this.exempt.get(work.task.parent()))) {
				this.exempt.remove(work.task.parent());
			}
		}

	}

	/** A task in its turn; the same for the same task, so that it is found again. */
	static final class Work implements Runnable {

		private final Lane lane;

		private final Task task;

		private final Consumer<Work> ended;

		/** Set by the thread that runs it, or by the look that gives it up. */
		private final AtomicBoolean begun = new AtomicBoolean();

		private boolean over;

		/** Where it is among the work that the executor has. */
		private int place;

		/** Whether the latest look has found nothing in the queue of the executor. */
		private boolean missed;

		Work(Lane lane, Task task, Consumer<Work> ended) {
			this.lane = lane;
			this.task = task;
			this.ended = ended;
		}

		Task task() {
			return this.task;
		}

		private boolean begin() {
			return this.begun.compareAndSet(false, true);
		}

		@Override
		public void run() {
			if (!begin()) {
				return;
			}
			try {
				this.task.code().run();
			}
			finally {
				this.ended.accept(this);
			}
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Work work && work.task.code() == this.task.code() && work.lane == this.lane;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this.task.code());
		}

	}

}
