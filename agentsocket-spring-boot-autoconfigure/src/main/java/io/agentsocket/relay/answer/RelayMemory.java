package io.agentsocket.relay.answer;

/**
 * The memory of the pod for the bytes that come from functions. Thread-safe.
 */
public interface RelayMemory {

	/** Has room for everything. */
	RelayMemory UNBOUNDED = new RelayMemory() {

		@Override
		public IncomingPush begin() {
			return IncomingPush.UNCOUNTED;
		}

		@Override
		public IncomingPush beginAnswer() {
			return IncomingPush.UNCOUNTED;
		}

	};

	/**
	 * Begin to count what the function sends again when there is no room.
	 * @return to be closed when nothing of it is held any more
	 */
	IncomingPush begin();

	/**
	 * Begin to count an answer. It comes once, for work that is done: there is room for
	 * it as long as there is for a result of the pod itself.
	 * @return to be closed when nothing of it is held any more
	 */
	IncomingPush beginAnswer();

}
