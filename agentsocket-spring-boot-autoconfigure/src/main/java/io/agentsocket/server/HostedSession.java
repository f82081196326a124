package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.connection.Peer;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.StoredAgentSession;

/**
 * A session of this process as its own parts see it.
 */
interface HostedSession {

	/** The name under which this peer owns the session, or belongs to it. */
	String owner();

	/** The session as the store has it. */
	SessionState state();

	/** The peer that serves it. */
	Peer peer();

	/** The session as the application sees it. */
	StoredAgentSession session();

	/** The actions that its agent may see. */
	SessionActions actions();

	/** The events that its agent wants. */
	Subscriptions subscriptions();

	/** Whether another peer owns the session. */
	boolean isFollower();

	/** Whether it is over here. */
	boolean isEnded();

	/**
	 * How long the session is kept without a connection: not for long while nothing came
	 * from its agent but HELLO.
	 */
	Duration timeToLive();

}
