package io.agentsocket.mcp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The calls that run in this pod, and how many there were. Thread-safe.
 */
final class RunningCalls {

	private final Set<OpenCall> running = ConcurrentHashMap.newKeySet();

	private final LongAdder begun = new LongAdder();

	private final LongAdder cancelled = new LongAdder();

	void begins(OpenCall call) {
		this.begun.increment();
		this.running.add(call);
	}

	void ends(OpenCall call) {
		this.running.remove(call);
	}

	/** A client has closed the response before it was complete. */
	void cancelledByClient() {
		this.cancelled.increment();
	}

	int size() {
		return this.running.size();
	}

	long begun() {
		return this.begun.sum();
	}

	long cancelled() {
		return this.cancelled.sum();
	}

	/** End all calls. */
	void close(String reason) {
		this.running.forEach((call) -> call.forget(reason));
	}

}
