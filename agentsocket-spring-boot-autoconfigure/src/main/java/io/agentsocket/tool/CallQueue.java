package io.agentsocket.tool;

import java.security.Principal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import org.jspecify.annotations.Nullable;

/**
 * Work that waits for threads, and whose turn it is: sessions take turns, the work of
 * each in its order, and nobody has more than its share of the threads. Not thread-safe.
 */
final class CallQueue {

	/** A principal may have so many times the free threads, a session once as many. */
	private static final int PRINCIPAL = 2;

	private final int threads;

	/** Principals that have work here. */
	private final Map<Object, Group> groups = new HashMap<>();

	/** Groups in which something waits, in the order of their turns. */
	private final Deque<Group> waiting = new ArrayDeque<>();

	private int running;

	/** Work that waits and is not thought to be quick. */
	private int slow;

	private int quick;

	/** Nanoseconds that the quick work which waits is thought to take. */
	private long nanos;

	/**
	 * Create a queue.
	 * @param threads how many threads there are
	 */
	CallQueue(int threads) {
		this.threads = threads;
	}

	/** Adds work of an invocation. */
	Work add(AgentExchange exchange, Runnable task, @Nullable CallTime time) {
		Group group = this.groups.computeIfAbsent(principal(exchange), Group::new);
		Lane lane = group.lanes.computeIfAbsent(exchange.session().id(), (id) -> new Lane(group, id));
		Work work = new Work(lane, task, exchange.parent(), time);
		lane.add(work);
		count(work, 1);
		if (!group.listed) {
			group.listed = true;
			this.waiting.addLast(group);
		}
		return work;
	}

	/** A session without a principal shares with nobody. */
	private static Object principal(AgentExchange exchange) {
		Principal principal = exchange.principal();
		return (principal != null) ? new Named(principal.getName()) : exchange.session().id();
	}

	private void count(Work work, int change) {
		if (work.quick) {
			this.quick += change;
			this.nanos += change * work.nanos;
		}
		else {
			this.slow += change;
		}
	}

	/** The work of a session, or {@code null} when it has none. */
	@Nullable Lane lane(AgentExchange exchange) {
		Group group = this.groups.get(principal(exchange));
		return (group != null) ? group.lanes.get(exchange.session().id()) : null;
	}

	/** Removes work that waits here. */
	boolean remove(Lane lane, Runnable task) {
		Work work = lane.remove(task);
		if (work == null) {
			return false;
		}
		count(work, -1);
		tidy(lane);
		return true;
	}

	/** The next work that may begin, which runs from now on; null when none may. */
	@Nullable Work next() {
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
				count(work, -1);
				this.running++;
				group.running++;
				work.lane.running++;
				return work;
			}
		}
		return null;
	}

	/** Work has ended. */
	void over(Work work) {
		this.running--;
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

	/** Whether work waits. */
	boolean hasWaiting() {
		return this.quick + this.slow > 0;
	}

	/** Whether work waits that is not thought to be quick. */
	boolean hasSlow() {
		return this.slow > 0;
	}

	/** Nanoseconds that the quick work that waits is thought to take. */
	long nanos() {
		return this.nanos;
	}

	/** Sessions that have work here. */
	int sessions() {
		return this.groups.values().stream().mapToInt((group) -> group.lanes.size()).sum();
	}

	/** A principal, which is no session of the same name. */
	private record Named(String name) {
	}

	/** A task of an invocation. */
	static final class Work {

		private final Lane lane;

		private final Runnable task;

		private final @Nullable Invocation parent;

		private final @Nullable CallTime time;

		/** As it was thought when the work came. */
		private final boolean quick;

		private final long nanos;

		Work(Lane lane, Runnable task, @Nullable Invocation parent, @Nullable CallTime time) {
			this.lane = lane;
			this.task = task;
			this.parent = parent;
			this.time = time;
			this.quick = time != null && time.isQuick();
			this.nanos = this.quick && time != null ? time.nanos() : 0;
		}

		Runnable task() {
			return this.task;
		}

		Lane lane() {
			return this.lane;
		}

		boolean isQuick() {
			return this.quick;
		}

		/** Tells how long it took. */
		void took(long taken) {
			if (this.time != null) {
				this.time.add(taken);
			}
		}

	}

	/** The sessions of a principal that have work here. */
	private static final class Group {

		private final Object key;

		/** In the order of their turns. */
		private final Map<String, Lane> lanes = new LinkedHashMap<>();

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
					if (this.lanes.size() > 1) {
						// The others come first now.
						this.lanes.remove(lane.session);
						this.lanes.put(lane.session, lane);
					}
					return work;
				}
			}
			return null;
		}

	}

	/** The work of a session. */
	static final class Lane {

		private final Group group;

		private final String session;

		private final Deque<Work> own = new ArrayDeque<>(2);

		private final Deque<Work> nested = new ArrayDeque<>(2);

		/** Work that runs beyond the share, by the invocation that has called it. */
		private final Map<@Nullable Invocation, Work> exempt = new IdentityHashMap<>(2);

		private int running;

		Lane(Group group, String session) {
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

		@Nullable Work remove(Runnable task) {
			Work removed = remove(this.nested, task);
			if (removed != null) {
				this.group.nested--;
				return removed;
			}
			return remove(this.own, task);
		}

		private static @Nullable Work remove(Deque<Work> from, Runnable task) {
			for (Iterator<Work> all = from.iterator(); all.hasNext();) {
				Work work = all.next();
				if (work.task == task) {
					all.remove();
					return work;
				}
			}
			return null;
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
			if (work.parent != null) {
				this.exempt.remove(work.parent, work);
			}
		}

	}

}
