package io.agentsocket.server;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * The agent at the other end of a session: invoke its actions, send it events, give it
 * actions of its own. Thread-safe. Obtained from {@link AgentSockets}.
 */
public final class AgentSocket {

	private final ServerSession session;

	AgentSocket(ServerSession session) {
		this.session = session;
	}

	/**
	 * The session.
	 * @return the session; {@link AgentSession#isConnected()} tells whether the agent is
	 * there now
	 */
	public AgentSession session() {
		return this.session.session();
	}

	/**
	 * Invoke an action of the agent. While the session is detached the invocation waits
	 * for the agent to come back, within its timeout; when the session ends, or has
	 * ended, it fails with FAILED_PRECONDITION.
	 * @param action name of the action
	 * @return what to call
	 */
	public InvocationSpec invoke(String action) {
		return this.session.peer().invoke(action);
	}

	/**
	 * Send an event. While the session is detached it is kept for the agent, within the
	 * window; nothing happens when the session has ended.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @throws io.agentsocket.protocol.ActionException TOO_LARGE if it exceeds what the
	 * agent accepts, RESOURCE_EXHAUSTED if too much waits to be sent already
	 */
	public void sendEvent(String name, @Nullable Object payload) {
		this.session.peer().sendEvent(name, payload);
	}

	/**
	 * Actions that exist for this session only.
	 * @return a catalog; its changes are pushed to the agent
	 */
	public ActionCatalog actions() {
		return this.session.actions().own();
	}

}
