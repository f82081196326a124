package io.agentsocket.transport;

/**
 * Counts the control frames of a peer. Not thread-safe.
 */
public final class ControlBudget {

	/**
	 * Control frames of one second. The busiest keepalives send a few in a second; a peer
	 * whose pings were held up for a minute still fits.
	 */
	private static final int MAX_PER_SECOND = 256;

	private static final long SECOND = 1_000_000_000L;

	private int count;

	private long second = System.nanoTime();

	/**
	 * Count a frame.
	 * @return whether it is one too many
	 */
	public boolean isExceeded() {
		long now = System.nanoTime();
		if (now - this.second > SECOND) {
			this.second = now;
			this.count = 0;
		}
		return ++this.count > MAX_PER_SECOND;
	}

}
