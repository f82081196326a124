package io.agentsocket.server.bounds;

import io.agentsocket.server.bounds.MemoryBudget.Stage;

/**
 * Bytes of a request that has not come as a whole yet. They count for the pod, so that
 * clients which send slowly do not hold more than it has. Used by one thread at a time.
 */
public final class IncomingBytes {

	private final PodBounds pod;

	private long taken;

	/**
	 * Begin to count.
	 * @param pod the pod
	 */
	public IncomingBytes(PodBounds pod) {
		this.pod = pod;
	}

	/**
	 * Take more bytes in.
	 * @param more how many
	 * @return {@code false} when the pod has no room for them
	 */
	public boolean take(int more) {
		boolean large = this.taken + more > SessionBounds.SMALL;
		if (this.pod.memory().isIn(large ? Stage.PAYLOADS : Stage.INVOCATIONS)) {
			this.pod.refusals().count(Refusal.MEMORY);
			return false;
		}
		this.taken += more;
		this.pod.memory().add(more);
		return true;
	}

	/** The request is there and counts as a call, or is given up. */
	public void close() {
		this.pod.memory().add(-this.taken);
		this.taken = 0;
	}

}
