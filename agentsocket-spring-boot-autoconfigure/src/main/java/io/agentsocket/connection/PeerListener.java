package io.agentsocket.connection;

import java.util.Set;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Told by a {@link Peer} what concerns its owner. All methods are called in the peer's
 * loop and must not block.
 */
public interface PeerListener {

	/**
	 * The other side sent an event.
	 * @param name name of the event
	 * @param payload payload in the codec of the connection, or empty
	 */
	default void event(String name, Bytes payload) {
	}

	/**
	 * The other side announced or withdrew an action.
	 * @param name name of the action
	 * @param available {@code false} when it was withdrawn
	 * @param descriptor its descriptor in the codec of the connection, or empty
	 * @param catalogHash hash of the catalog after the change, or {@code null}
	 */
	default void defined(String name, boolean available, Bytes descriptor, @Nullable String catalogHash) {
	}

	/**
	 * The other side is about to close.
	 * @param frame when and why
	 */
	default void goAway(Frame.GoAway frame) {
	}

	/**
	 * The connection is gone; the session may be resumed.
	 * @param closeCode the close code, 1006 for a connection that broke
	 */
	default void detached(int closeCode) {
	}

	/**
	 * The first numbered acknowledgement arrived after an attachment: the other side has
	 * seen what was sent with it.
	 */
	default void onFirstAck() {
	}

	/**
	 * Another peer owns the session from now on, or the session is gone. What runs here
	 * goes on.
	 * @param epoch epoch of the session in the store, 0 when it is gone
	 * @return why the connection is closed, if there is one
	 */
	default CloseCode fenced(long epoch) {
		return CloseCode.SUPERSEDED;
	}

	/**
	 * A peer that does not own the session has nothing left to do for it.
	 */
	default void released() {
	}

	/**
	 * Records that this peer made while it owned the session may not have reached the new
	 * owner.
	 * @param keys their keys, written or removed
	 */
	default void uncertain(Set<String> keys) {
	}

	/**
	 * Another peer of the session offers an action to the other side.
	 * @param executor name of the peer
	 * @param name name of the action
	 * @param descriptor its descriptor in the codec of the session; empty when it is
	 * withdrawn
	 */
	default void offered(String executor, String name, Bytes descriptor) {
	}

	/**
	 * A peer of the session is gone, with all that it offered.
	 * @param executor name of the peer
	 */
	default void executorGone(String executor) {
	}

	/**
	 * Another pod asks to end the session.
	 */
	default void endRequested() {
	}

}
