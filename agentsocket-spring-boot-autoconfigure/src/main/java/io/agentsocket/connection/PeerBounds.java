package io.agentsocket.connection;

import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;

/**
 * Bounds beyond those of one session: what all sessions of a process, a principal or an
 * address may take together. All methods are called in the loop of the peer, must not
 * block, and are cheap: the first two for each invocation and each part, the last one at
 * the end of each turn.
 */
public interface PeerBounds {

	/** No bounds. */
	PeerBounds NONE = new PeerBounds() {
	};

	/**
	 * Whether an invocation of the other side may run, as far as the protocol allows it.
	 * @param action name of the action
	 * @param arguments bytes of its arguments
	 * @param held bytes that the peer holds already
	 * @param open invocations of the other side that run already
	 * @return the error that it is answered with, or {@code null} when it runs
	 */
	default @Nullable ActionException refusal(String action, int arguments, long held, int open) {
		return null;
	}

	/**
	 * Whether the peer may serve a further invocation of the other side.
	 * @param served bytes that it holds for those that run
	 * @param arguments bytes of the arguments of the further one
	 * @return {@code false} when there is no room
	 */
	default boolean mayServe(long served, int arguments) {
		return true;
	}

	/**
	 * Whether one peer may hold so much at all, however little it is that comes.
	 * @param held bytes that it would hold
	 * @return {@code false} when it is too much
	 */
	default boolean isWithin(long held) {
		return true;
	}

	/**
	 * Whether the peer may hold more data of the other side.
	 * @param held bytes that it holds
	 * @param more bytes that would come
	 * @return {@code false} when there is no room
	 */
	default boolean mayHold(long held, int more) {
		return true;
	}

	/**
	 * Whether the peer may hold more data that the application has made for the other
	 * side.
	 * @param held bytes that it holds
	 * @param more bytes that would come
	 * @return {@code false} when there is no room
	 */
	default boolean mayQueue(long held, int more) {
		return true;
	}

	/**
	 * Whether a result may wait beside those that wait already, for credit or to be sent.
	 * @param waiting bytes that wait
	 * @param more bytes of the result
	 * @return {@code false} when there is no room
	 */
	default boolean mayAnswer(long waiting, int more) {
		return true;
	}

	/**
	 * A turn of the peer's loop is over.
	 * @param held bytes that the peer holds
	 * @param open invocations of the other side that run
	 */
	default void turned(long held, int open) {
	}

}
