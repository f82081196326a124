package io.agentsocket.connection.takeover;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import reactor.core.publisher.Mono;

/**
 * Makes the session of a peer durable, and brings messages to the peers of the same
 * session in other pods. Nothing here blocks; results may arrive on any thread.
 */
public interface PeerStorage {

	/**
	 * The name under which this peer owns the session, or belongs to it.
	 * @return {@code pod/nonce}
	 */
	String owner();

	/**
	 * Whether frames are sent only after they were committed.
	 * @return {@code false} when they are sent at once
	 */
	boolean isStrict();

	/**
	 * Make a step durable.
	 * @param commit the step
	 * @return fails with {@link io.agentsocket.session.FencedException} when this peer is
	 * no longer the owner
	 */
	Mono<Void> commit(Commit commit);

	/**
	 * Read the session's inbox, as its owner.
	 * @param read number of the messages that were read already
	 * @return the messages behind them
	 */
	Mono<Inbox> pull(long read);

	/**
	 * Put a message into the session's inbox and wake its owner.
	 * @param message the message
	 * @param wake the message for the owner
	 * @return fails with {@link io.agentsocket.session.FencedException} when the session
	 * is gone, with {@link io.agentsocket.session.InboxFullException} when it takes no
	 * more now
	 */
	Mono<Void> push(Bytes message, Bytes wake);

	/**
	 * Wake the owner once more: it seems not to have read the inbox.
	 * @param wake the message for the owner
	 * @return fails with {@link io.agentsocket.session.FencedException} when the session
	 * is gone
	 */
	Mono<Void> wake(Bytes wake);

	/**
	 * Send a message to another peer of the session, which may be gone.
	 * @param to its name
	 * @param type kind of the message
	 * @param body content
	 */
	void send(String to, PodMessage.Type type, Bytes body);

	/**
	 * The form of a number in messages between pods.
	 * @param number the number
	 * @return its form
	 */
	static Bytes packed(long number) {
		return new RecordFormat.Writer().number(number).take();
	}

}
