package io.agentsocket.server.bounds;

import java.util.concurrent.atomic.LongAdder;

/**
 * The bytes that all sessions of a pod hold together. Whoever holds something says so in
 * steps of some KiB, so that threads do not meet here for each frame. Thread-safe.
 */
public final class MemoryBudget {

	private static final int PERCENT = 100;

	/**
	 * Things that the pod refuses or ends, one after the other, as its memory is used up.
	 */
	public enum Stage {

		/** No new session is opened. */
		SESSIONS(70),

		/** No large arguments, parts and items are taken in. */
		PAYLOADS(80),

		/** Sessions without a connection end, those that hold most first. */
		DETACHED(80),

		/** No invocation runs, no result of some size is queued. */
		INVOCATIONS(95),

		/** Sessions with a connection end, those that hold most first. */
		ATTACHED(95);

		private final int percent;

		Stage(int percent) {
			this.percent = percent;
		}

		/** Percent of the budget at which it begins. */
		public int percent() {
			return this.percent;
		}

	}

	private final LongAdder used = new LongAdder();

	private final long bytes;

	private final long[] begins = new long[Stage.values().length];

	private volatile Runnable pressed = () -> {
	};

	/**
	 * Create a budget.
	 * @param bytes its size
	 */
	public MemoryBudget(long bytes) {
		this.bytes = bytes;
		for (Stage stage : Stage.values()) {
			this.begins[stage.ordinal()] = bytes / PERCENT * stage.percent;
		}
	}

	/**
	 * Set the task that ends sessions.
	 * @param pressed called at once, on any thread and often, while sessions have to end
	 */
	public void onPressure(Runnable pressed) {
		this.pressed = pressed;
	}

	/**
	 * Somebody holds more, or with a negative number less.
	 * @param change bytes
	 */
	public void add(long change) {
		this.used.add(change);
		if (change > 0 && isIn(Stage.DETACHED)) {
			this.pressed.run();
		}
	}

	/** Whether so much is used that a stage has begun. */
	public boolean isIn(Stage stage) {
		return excess(stage) > 0;
	}

	/** Bytes that are used beyond the begin of a stage; not positive before it. */
	public long excess(Stage stage) {
		return used() - this.begins[stage.ordinal()];
	}

	/**
	 * Bytes that are held.
	 * @return the sum over all that is open, 0 when all is closed
	 */
	public long used() {
		return this.used.sum();
	}

	/**
	 * The size of the budget.
	 * @return bytes
	 */
	public long bytes() {
		return this.bytes;
	}

}
