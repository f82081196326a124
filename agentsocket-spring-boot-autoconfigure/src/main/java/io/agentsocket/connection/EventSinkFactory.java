package io.agentsocket.connection;

import java.util.concurrent.Executor;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.SessionEventSink;

/** Makes the sinks that take the events of sessions. */
@FunctionalInterface
public interface EventSinkFactory {

	/** Nobody listens. */
	EventSinkFactory NONE = (session, codec, loop) -> new SessionEventSink() {

		@Override
		public void event(String name, Bytes payload) {
		}

	};

	/**
	 * Make the sink of a session; it is closed when the session has ended.
	 * @param session the session
	 * @param codec the codec of the session
	 * @param loop the event loop of the session's present connection
	 * @return a sink
	 */
	SessionEventSink open(AgentSession session, Codec codec, Executor loop);

}
