package io.agentsocket.relay;

/**
 * The memory of the pod for the bytes that come from functions. Thread-safe.
 */
@FunctionalInterface
public interface RelayMemory {

	/** Has room for everything. */
	RelayMemory UNBOUNDED = () -> IncomingPush.UNCOUNTED;

	/**
	 * Begin to count what comes.
	 * @return to be closed when nothing of it is held any more
	 */
	IncomingPush begin();

}
