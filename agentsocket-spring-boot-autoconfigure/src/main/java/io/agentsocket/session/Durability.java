package io.agentsocket.session;

/**
 * When frames for an agent are made durable. Common to both: an action that must not run
 * twice starts only after its start is durable, and nothing is lost without a signal.
 */
public enum Durability {

	/**
	 * Before it is sent: the death of a pod is a pause for the agent.
	 */
	STRICT,

	/**
	 * While it is sent: the death of a pod resets the session if the agent has seen
	 * something that was not durable yet.
	 */
	RELAXED

}
