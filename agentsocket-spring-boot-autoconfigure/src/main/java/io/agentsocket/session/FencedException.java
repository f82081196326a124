package io.agentsocket.session;

import io.agentsocket.annotation.Internal;

/**
 * The writer to a session does not own it any more, or the store has lost earlier steps.
 * Nothing was written.
 */
@Internal
public final class FencedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final long epoch;

	/**
	 * Create an exception.
	 * @param epoch epoch of the session in the store, 0 when it is gone
	 */
	public FencedException(long epoch) {
		super("Fenced at epoch " + epoch, null, false, false);
		this.epoch = epoch;
	}

	/**
	 * The epoch in the store. When it is not higher than that of the writer, the store
	 * has lost something.
	 * @return the epoch, 0 when the session is gone
	 */
	public long epoch() {
		return this.epoch;
	}

}
