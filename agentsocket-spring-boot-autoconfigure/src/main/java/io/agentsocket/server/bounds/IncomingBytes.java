package io.agentsocket.server.bounds;

import io.agentsocket.server.bounds.MemoryBudget.Stage;

/**
 * Bytes of a request, or of an answer to one, that have not come as a whole yet, or wait.
 * They count for the pod, so that whoever sends or reads slowly does not hold more than
 * it has. Thread-safe: whoever gives a request up may do so while more of it comes.
 */
public final class IncomingBytes {

	private final PodBounds pod;

	/** The stage in which more than a little is refused. */
	private final Stage stage;

	private long taken;

	private boolean closed;

	private IncomingBytes(PodBounds pod, Stage stage) {
		this.pod = pod;
		this.stage = stage;
	}

	/**
	 * Begin to count a request, which can be sent again.
	 * @param pod the pod
	 * @return nothing so far
	 */
	public static IncomingBytes ofRequest(PodBounds pod) {
		return new IncomingBytes(pod, Stage.PAYLOADS);
	}

	/**
	 * Begin to count a result: the work for it is done, and may not be done again.
	 * @param pod the pod
	 * @return nothing so far
	 */
	public static IncomingBytes ofResult(PodBounds pod) {
		return new IncomingBytes(pod, Stage.INVOCATIONS);
	}

	/**
	 * Take more bytes in.
	 * @param more how many
	 * @return {@code false} when the pod has no room for them; nothing is counted any
	 * more once it is closed
	 */
	public synchronized boolean take(int more) {
		if (this.closed) {
			return true;
		}
		boolean large = this.taken + more > SessionBounds.SMALL;
		if (this.pod.memory().isIn(large ? this.stage : Stage.INVOCATIONS)) {
			this.pod.refusals().count(Refusal.MEMORY);
			return false;
		}
		this.taken += more;
		this.pod.memory().add(more);
		return true;
	}

	/**
	 * Some of it is not held any more.
	 * @param less how many bytes
	 */
	public synchronized void give(int less) {
		if (!this.closed) {
			this.taken -= less;
			this.pod.memory().add(-less);
		}
	}

	/** The request is there and counts as a call, or is given up. */
	public synchronized void close() {
		this.closed = true;
		this.pod.memory().add(-this.taken);
		this.taken = 0;
	}

}
