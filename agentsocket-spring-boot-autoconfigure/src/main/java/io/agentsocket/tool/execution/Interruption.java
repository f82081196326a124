package io.agentsocket.tool.execution;

import org.jspecify.annotations.Nullable;

/**
 * Interrupts the thread that runs one piece of work, and only while it runs it.
 */
final class Interruption {

	private @Nullable Thread runner;

	private boolean cancelled;

	/**
	 * Begin to run on the current thread.
	 * @return {@code false} when cancelled: run nothing and do not call {@link #exit()}
	 */
	synchronized boolean enter() {
		if (this.cancelled) {
			return false;
		}
		this.runner = Thread.currentThread();
		return true;
	}

	/**
	 * Stop to run. An interrupt that came from here does not outlive this call.
	 * @return {@code false} when cancelled in the meantime
	 */
	synchronized boolean exit() {
		this.runner = null;
		if (this.cancelled) {
			Thread.interrupted();
		}
		return !this.cancelled;
	}

	/**
	 * Cancel: nothing is entered any more, and the running code is interrupted.
	 * @return {@code false} when cancelled before
	 */
	synchronized boolean cancel() {
		if (this.cancelled) {
			return false;
		}
		this.cancelled = true;
		if (this.runner != null && this.runner != Thread.currentThread()) {
			this.runner.interrupt();
		}
		return true;
	}

	synchronized boolean isCancelled() {
		return this.cancelled;
	}

}
