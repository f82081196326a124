package io.agentsocket.connection;

import io.agentsocket.connection.takeover.OwnershipListener;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Hears from a {@link Peer} all that concerns the object that has made it. All methods
 * are called in the peer's loop and must not block.
 */
public interface PeerListener extends OwnershipListener {

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

	/** An invocation of this side waits: for a connection, or for others that run. */
	default void callWaits() {
	}

	/**
	 * The connection is gone; the session may be resumed.
	 * @param closeCode the close code, 1006 for a connection that broke
	 */
	default void detached(int closeCode) {
	}

	/**
	 * The other side has closed the connection; the session may be resumed.
	 * @param closeCode the close code that it has chosen
	 */
	default void left(int closeCode) {
		detached(closeCode);
	}

	/**
	 * The first numbered acknowledgement arrived after an attachment: the other side has
	 * seen what was sent with it.
	 */
	default void onFirstAck() {
	}

}
