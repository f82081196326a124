package io.agentsocket.connection.takeover;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The calls of the other side that are recorded and not answered yet, by stream id, and
 * the memory that they take. Confined to the peer's loop.
 */
final class RecordedCalls {

	private Map<Integer, RecordedCall> calls = Collections.emptyMap();

	/** The idempotency keys of these calls. */
	private Set<String> keys = Collections.emptySet();

	private long held;

	/** The call with a stream id; null when there is none. */
	@Nullable RecordedCall get(int id) {
		return this.calls.get(id);
	}

	/** All calls; a view. */
	Collection<RecordedCall> all() {
		return this.calls.values();
	}

	boolean isEmpty() {
		return this.calls.isEmpty();
	}

	/** Whether the call with an idempotency key is one of these. */
	boolean isRunning(String key) {
		return this.keys.contains(key);
	}

	/** Adds a call, in place of one with the same id. */
	void put(int id, RecordedCall call) {
		if (this.calls.isEmpty()) {
			this.calls = new HashMap<>();
		}
		RecordedCall before = this.calls.put(id, call);
		if (call.idempotencyKey != null) {
			if (this.keys.isEmpty()) {
				this.keys = new HashSet<>();
			}
			this.keys.add(call.idempotencyKey);
		}
		this.held += call.held() - ((before != null) ? before.held() : 0);
	}

	/** Removes a call and returns it; null when there is none. */
	@Nullable RecordedCall remove(int id) {
		RecordedCall removed = this.calls.remove(id);
		if (removed != null) {
			this.held -= removed.held();
			this.keys.remove(removed.idempotencyKey);
		}
		return removed;
	}

	/** Forgets all. */
	void clear() {
		this.calls = Collections.emptyMap();
		this.keys = Collections.emptySet();
		this.held = 0;
	}

	/** Bytes of the heap that they take. */
	long held() {
		return this.held;
	}

}
