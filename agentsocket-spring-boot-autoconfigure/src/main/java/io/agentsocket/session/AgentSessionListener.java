package io.agentsocket.session;

/**
 * Told of the life of sessions: on the server of those that this pod owns, on a client of
 * its own. On a client {@link AgentSession#id()} changes with the session, the object
 * stays.
 *
 * <p>
 * Methods are called on the application's task executor, and on a thread of Reactor when
 * that takes no work, never on an event loop: they may block. For each session they are
 * called in order and one at a time; sessions do not wait for each other, and nothing
 * waits for a listener: the session goes on meanwhile, and may already have gone further
 * when a listener hears of it. A listener that is slower than its session misses notices
 * beyond 256 that wait, with a line in the log, but never {@link #ended}. A listener that
 * throws is logged; the others are called.
 *
 * <p>
 * With several pods each notice is given in one pod: {@link #opened} where the session
 * was opened, {@link #attached}, {@link #resumed} and {@link #reset} where its new
 * connection is, {@link #detached} where its connection was, {@link #ended} in the pod
 * that owns the session when it ends. A pod whose session has moved away hears
 * {@code detached} if it had the connection, and nothing more. Sessions that end while no
 * pod owns them, because it has died and the agent does not come back, end in the store
 * alone: nobody is told.
 */
public interface AgentSessionListener {

	/**
	 * Called when a session begins. {@link #attached} follows.
	 * @param session the session
	 * @param reason why a new session begins
	 */
	default void opened(AgentSession session, OpenReason reason) {
	}

	/**
	 * Called when a session has a connection, after {@link #opened}, {@link #resumed} or
	 * {@link #reset}.
	 * @param session the session
	 */
	default void attached(AgentSession session) {
	}

	/**
	 * Called when a session has no connection any more. It can be resumed.
	 * @param session the session
	 * @param reason why the connection is gone
	 * @param closeCode the WebSocket close code, 1006 when the connection broke
	 */
	default void detached(AgentSession session, DetachReason reason, int closeCode) {
	}

	/**
	 * Called when a session goes on with another connection and nothing is lost.
	 * {@link #attached} follows.
	 * @param session the session
	 * @param place where the session was before
	 */
	default void resumed(AgentSession session, ResumePlace place) {
	}

	/**
	 * Called when a session goes on, but its open invocations ended or are made again.
	 * {@link #attached} follows.
	 * @param session the session
	 * @param reason why it could not be resumed
	 */
	default void reset(AgentSession session, ResetReason reason) {
	}

	/**
	 * Called when a session has ended for good, as the last call for it.
	 * @param session the session
	 * @param reason why it has ended
	 */
	default void ended(AgentSession session, EndReason reason) {
	}

	/**
	 * Why a new session begins.
	 */
	enum OpenReason {

		/** The agent asked for a new one. */
		NEW,

		/** The agent wanted to resume a session that is not known, or not its own. */
		UNKNOWN_SESSION

	}

	/**
	 * Why a connection is gone.
	 */
	enum DetachReason {

		/** The connection broke. */
		CONNECTION_LOST,

		/** The other side closed the connection; the close code is its own. */
		CLOSED_BY_OTHER_SIDE,

		/** A newer connection of the session is used in its place. */
		SUPERSEDED,

		/** The session goes on in another pod. */
		MOVED,

		/** A server leaves, or the connection was too old. */
		DRAINED,

		/** The other side was silent for too long. */
		SILENT,

		/** The other side does not read fast enough. */
		SLOW_CONSUMER,

		/** The two sides disagree, or one of them broke the protocol or a limit. */
		PROTOCOL_ERROR,

		/** The credential has expired, or was withdrawn. */
		UNAUTHENTICATED,

		/** The session store is out of reach. */
		STORE_UNAVAILABLE,

		/** The session has ended. */
		SESSION_ENDED,

		/** Another close code, such as that of an error inside of one side. */
		OTHER

	}

	/**
	 * Where a session was before it was resumed.
	 */
	enum ResumePlace {

		/** In this process. */
		SAME_POD,

		/** In another pod, which this one has taken it over from. */
		OTHER_POD

	}

	/**
	 * Why a session could not be resumed.
	 */
	enum ResetReason {

		/** A side does not have frames any more that the other one lacks. */
		FRAMES_LOST,

		/** The store does not have the whole state of the session. */
		STATE_INCOMPLETE,

		/** The agent accepts less than before. */
		SMALLER_LIMITS,

		/** On a client: the server does not know the session, a new one begins. */
		UNKNOWN_SESSION,

		/** On a client: the server has decided so. */
		DECIDED_BY_SERVER

	}

	/**
	 * Why a session has ended.
	 */
	enum EndReason {

		/** The application ended it on this side. */
		BY_APPLICATION,

		/** The other side ended it. */
		BY_OTHER_SIDE,

		/** It had no connection for too long. */
		EXPIRED,

		/** It reached its maximum age. */
		TOO_OLD,

		/** The agent came back with another codec, and a new session begins. */
		OTHER_CODEC,

		/** The server had no memory left, and the session held more than others. */
		OVERLOADED,

		/** The server leaves, and no other pod can go on with it. */
		SHUTDOWN,

		/** On a client: the server refuses to be connected to. */
		REFUSED

	}

}
