package io.agentsocket.mcp;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Counts the places that are taken, of which no caller has more than its share.
 * Thread-safe.
 */
final class Shares {

	/** Places that are too few to be shared out. */
	private static final int FEW = 8;

	/** A caller has at most one place of so many. */
	private static final int PARTS = 4;

	private final int max;

	private final int share;

	private final Map<String, Integer> callers = new HashMap<>();

	private int taken;

	/**
	 * Create places.
	 * @param max how many there are
	 */
	Shares(int max) {
		this.max = max;
		this.share = (max > FEW) ? max / PARTS : max;
	}

	/** How many are taken. */
	synchronized int size() {
		return this.taken;
	}

	/**
	 * Take a place.
	 * @param caller the caller that takes it, or {@code null} for an unknown one, which
	 * has no share
	 * @return whether there was one
	 */
	synchronized boolean enter(@Nullable String caller) {
		if (this.taken >= this.max) {
			return false;
		}
		if (caller != null) {
			int before = this.callers.getOrDefault(caller, 0);
			if (before >= this.share) {
				return false;
			}
			this.callers.put(caller, before + 1);
		}
		this.taken++;
		return true;
	}

	/** Give a place back. */
	synchronized void leave(@Nullable String caller) {
		this.taken--;
		if (caller != null) {
			this.callers.computeIfPresent(caller, (key, count) -> (count > 1) ? count - 1 : null);
		}
	}

}
