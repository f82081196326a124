package io.agentsocket.client;

import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Peer;
import io.agentsocket.protocol.Limits;

/**
 * A client as its connections see it. Everything but the first two methods is called in
 * the loop of the peer.
 */
interface ConnectionHost {

	/** The peer that the connections belong to. */
	Peer peer();

	/** Limits of this side. */
	Limits limits();

	/** Whether an attempt is the one that the client waits for. */
	boolean isAwaited(Attempt attempt);

	/** The first frame of a connection. */
	Hello hello();

	/**
	 * WELCOME arrived on the connection that is waited for.
	 * @throws io.agentsocket.protocol.ProtocolException if it does not fit
	 */
	void welcome(Welcome welcome);

	/** The peer has the connection. */
	void connected(Attempt attempt, Welcome welcome);

	/** A socket is closed; one that was attached has been reported by the peer. */
	void closed(Attempt attempt, int closeCode);

}
