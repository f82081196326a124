package io.agentsocket.connection.takeover;

import java.util.Set;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;

/**
 * Hears from {@link Ownership} all that concerns the other pods of the session. All
 * methods are called in the peer's loop and must not block.
 */
public interface OwnershipListener {

	/**
	 * Another peer owns the session from now on, or the session is gone. Calls that run
	 * here go on.
	 * @param epoch epoch of the session in the store, 0 when it is gone
	 * @return the close code of the connection, if there is one
	 */
	default CloseCode fenced(long epoch) {
		return CloseCode.SUPERSEDED;
	}

	/**
	 * A peer that does not own the session has nothing left to do for it.
	 */
	default void finished() {
	}

	/**
	 * Records that this peer made while it owned the session may not have reached the new
	 * owner.
	 * @param keys their keys, written or removed
	 */
	default void uncertain(Set<String> keys) {
	}

	/**
	 * Another peer of the session announces an action to the other side.
	 * @param runner name of the peer
	 * @param name name of the action
	 * @param descriptor its descriptor in the codec of the session; empty when it is
	 * withdrawn
	 */
	default void announced(String runner, String name, Bytes descriptor) {
	}

	/**
	 * A peer of the session is gone, with all actions that it has announced.
	 * @param runner name of the peer
	 */
	default void runnerGone(String runner) {
	}

	/**
	 * Another pod asks to end the session.
	 */
	default void endRequested() {
	}

}
