package io.agentsocket.relay.answer;

/**
 * The memory that a push or an answer takes while it comes, or while it waits for the
 * agent. Used by one thread at a time.
 */
public interface IncomingPush extends AutoCloseable {

	/** Takes whatever comes. */
	IncomingPush UNCOUNTED = new IncomingPush() {

		@Override
		public boolean take(int bytes) {
			return true;
		}

		@Override
		public void give(int bytes) {
			// Nothing was counted.
		}

		@Override
		public void close() {
			// Nothing was counted.
		}

	};

	/**
	 * Take a piece in.
	 * @param bytes how many more have come
	 * @return {@code false} when the pod has no room for them, and nothing was taken
	 */
	boolean take(int bytes);

	/**
	 * Hold less than before.
	 * @param bytes how many of those that were taken are held no more
	 */
	void give(int bytes);

	/** Nothing of it is held any more, and nobody waits for more. */
	@Override
	void close();

}
