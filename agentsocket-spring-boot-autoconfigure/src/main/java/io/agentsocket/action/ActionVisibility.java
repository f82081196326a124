package io.agentsocket.action;

import io.agentsocket.session.AgentSession;

/**
 * Decides which actions the agent of a session sees, for all actions of the application
 * at once. An action that is not visible does not exist for the agent: it is neither
 * found nor described, and to invoke it is answered as for an unknown one. All beans of
 * this type have to agree, and so do rules of the action itself.
 *
 * <p>
 * An answer is kept until the agent is authenticated anew; where it depends on something
 * else, use {@link Action.Builder#visibleTo}, which is asked each time. Thread-safe.
 * Implements section 17 of {@code docs/protocol.md}.
 */
@FunctionalInterface
public interface ActionVisibility {

	/**
	 * Whether the agent of a session sees an action. Called on the event loop, which it
	 * must not block; an exception hides the action.
	 * @param action the action, never one of the protocol itself
	 * @param session the session, with the principal of its agent
	 * @return {@code true} when visible
	 */
	boolean isVisible(Action action, AgentSession session);

}
