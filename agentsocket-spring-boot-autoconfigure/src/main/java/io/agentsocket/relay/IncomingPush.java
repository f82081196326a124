package io.agentsocket.relay;

/**
 * The memory that a push takes while it comes. Used by one thread at a time.
 */
public interface IncomingPush extends AutoCloseable {

	/** Takes whatever comes. */
	IncomingPush UNCOUNTED = new IncomingPush() {

		@Override
		public boolean take(int bytes) {
			return true;
		}

		@Override
		public void close() {
			// Nothing was counted.
		}

	};

	/**
	 * Take a piece in.
	 * @param bytes how many more have come
	 * @return {@code false} when the pod has no room for them
	 */
	boolean take(int bytes);

	/** The push is there, or nobody waits for it any more. */
	@Override
	void close();

}
