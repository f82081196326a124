package com.example.cluster;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import com.example.cluster.Breakage.Kind;

/**
 * Counts of what the agents saw and what the pods did. Safe for use by any thread.
 */
final class Score {

	private static final int EXAMPLES = 20;

	/** Numbers that did not come, or not in order, with no word about it. */
	final LongAdder lost = new LongAdder();

	/** Work that was done or delivered twice. */
	final LongAdder duplicates = new LongAdder();

	/** Results that are not true. */
	final LongAdder wrong = new LongAdder();

	final LongAdder calls = new LongAdder();

	/** Calls that have ended with an error, whatever it says. */
	final LongAdder failures = new LongAdder();

	final LongAdder streams = new LongAdder();

	final LongAdder items = new LongAdder();

	final LongAdder uploaded = new LongAdder();

	final LongAdder questions = new LongAdder();

	final LongAdder events = new LongAdder();

	final LongAdder connects = new LongAdder();

	final LongAdder resumes = new LongAdder();

	final LongAdder resets = new LongAdder();

	final AtomicInteger crashes = new AtomicInteger();

	private final Map<String, LongAdder> signals = new ConcurrentSkipListMap<>();

	private final Map<String, String> signalExamples = new ConcurrentHashMap<>();

	private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

	private final AtomicInteger problemCount = new AtomicInteger();

	private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();

	private final Set<String> succeeded = ConcurrentHashMap.newKeySet();

	private final Set<String> denied = ConcurrentHashMap.newKeySet();

	private final Set<Invocation> open = ConcurrentHashMap.newKeySet();

	private final Map<Kind, List<Long>> recoveries = new EnumMap<>(Kind.class);

	private final List<Long> leaves = new ArrayList<>();

	/** An invocation begins. */
	Invocation open(String id) {
		Invocation invocation = new Invocation(id);
		this.open.add(invocation);
		return invocation;
	}

	void close(Invocation invocation) {
		this.open.remove(invocation);
	}

	Set<Invocation> open() {
		return this.open;
	}

	/** A tool that must not run twice begins to run. */
	void ran(String call, String where) {
		int times = this.executions.computeIfAbsent(call, (key) -> new AtomicInteger()).incrementAndGet();
		if (times > 1) {
			this.duplicates.increment();
			problem("Call " + call + " ran " + times + " times, at last on " + where);
		}
	}

	/** A tool that must not run twice is said to have run. */
	void succeeded(String call) {
		this.succeeded.add(call);
	}

	/** A tool that must not run twice is said not to have run. */
	void denied(String call) {
		this.denied.add(call);
	}

	/**
	 * Compare what was said with what was done, when all pods have ended.
	 * @param silent the invocations that nothing was said about
	 */
	void audit(List<String> silent) {
		for (String call : this.succeeded) {
			if (!this.executions.containsKey(call)) {
				wrong(call + " succeeded and never ran");
			}
		}
		for (String call : this.denied) {
			if (this.executions.containsKey(call)) {
				wrong(call + " is said not to have run, and ran");
			}
		}
		silent.forEach((invocation) -> lost("No word about " + invocation));
	}

	void signal(String kind, String example) {
		this.signals.computeIfAbsent(kind, (key) -> new LongAdder()).increment();
		this.signalExamples.putIfAbsent(kind, example);
	}

	Map<String, Long> signals() {
		Map<String, Long> copy = new TreeMap<>();
		this.signals.forEach((kind, count) -> copy.put(kind, count.sum()));
		return copy;
	}

	String signalExample(String kind) {
		return this.signalExamples.getOrDefault(kind, "");
	}

	void lost(String problem) {
		this.lost.increment();
		problem(problem);
	}

	void duplicate(String problem) {
		this.duplicates.increment();
		problem(problem);
	}

	void wrong(String problem) {
		this.wrong.increment();
		problem(problem);
	}

	/**
	 * Whether the promise was kept.
	 * @return {@code true} if nothing was lost, done twice or wrong
	 */
	boolean isGood() {
		return this.lost.sum() + this.duplicates.sum() + this.wrong.sum() + this.crashes.get() == 0;
	}

	private void problem(String problem) {
		if (this.problemCount.incrementAndGet() <= EXAMPLES) {
			this.problems.add(problem);
		}
	}

	List<String> problems() {
		return List.copyOf(this.problems);
	}

	/** An agent heard again from its session after its connection broke. */
	synchronized void recovered(Kind kind, long nanos) {
		this.recoveries.computeIfAbsent(kind, (key) -> new ArrayList<>()).add(TimeUnit.NANOSECONDS.toMillis(nanos));
	}

	/**
	 * Times from a breakage to the first thing that an agent heard after it.
	 * @param kind of breakage
	 * @return how they are distributed
	 */
	synchronized Times recoveries(Kind kind) {
		return Times.of(this.recoveries.getOrDefault(kind, List.of()));
	}

	/** A pod that was asked to leave has left. */
	synchronized void left(long nanos) {
		this.leaves.add(TimeUnit.NANOSECONDS.toMillis(nanos));
	}

	/**
	 * Times that pods took to leave.
	 * @return how they are distributed
	 */
	synchronized Times leaves() {
		return Times.of(this.leaves);
	}

	/**
	 * An invocation that has not ended.
	 */
	static final class Invocation {

		private final String id;

		private final long begin = System.nanoTime();

		private volatile long lastSign = this.begin;

		Invocation(String id) {
			this.id = id;
		}

		/** Whether it was open at a time, in nanoseconds. */
		boolean isOlderThan(long at) {
			return this.begin - at < 0;
		}

		void sign() {
			this.lastSign = System.nanoTime();
		}

		@Override
		public String toString() {
			return this.id + ", silent for " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.lastSign) + " ms";
		}

	}

}
