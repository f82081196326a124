package io.agentsocket.server.bounds;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * How much each principal, or each address, has of something. A key that has nothing
 * takes no memory. Thread-safe.
 */
final class Occupancy {

	private final Map<String, Occupant> occupants = new ConcurrentHashMap<>();

	private final int max;

	/**
	 * Create a count.
	 * @param max how much each may have
	 */
	Occupancy(int max) {
		this.max = max;
	}

	/** Take one more; null when there is no more for the key. */
	@Nullable Occupant enter(String key) {
		return enter(key, this.max);
	}

	/** Take one more, however many there are. */
	Occupant join(String key) {
		Occupant joined = enter(key, Integer.MAX_VALUE);
		if (joined == null) {
			throw new IllegalStateException("More than can be counted");
		}
		return joined;
	}

	private @Nullable Occupant enter(String key, int most) {
		boolean[] entered = new boolean[1];
		Occupant occupant = this.occupants.compute(key, (name, before) -> {
			Occupant present = (before != null) ? before : new Occupant(name);
			entered[0] = present.count < most;
			if (entered[0]) {
				present.count++;
			}
			return (present.count != 0) ? present : null;
		});
		return entered[0] ? occupant : null;
	}

	/** Give one back. */
	void leave(Occupant occupant) {
		this.occupants.computeIfPresent(occupant.key, (name, present) -> (--present.count > 0) ? present : null);
	}

	/** Keys that have something. */
	int size() {
		return this.occupants.size();
	}

	/** The things that one key has. */
	static final class Occupant {

		private final String key;

		/** Changed while the map holds the key. */
		private int count;

		/** Invocations that its sessions have open, as of the latest turn of each. */
		private final AtomicInteger invocations = new AtomicInteger();

		Occupant(String key) {
			this.key = key;
		}

		AtomicInteger invocations() {
			return this.invocations;
		}

	}

}
