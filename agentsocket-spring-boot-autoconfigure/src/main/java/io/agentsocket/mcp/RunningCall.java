package io.agentsocket.mcp;

/**
 * A call whose action runs.
 */
interface RunningCall extends OpenCall {

	/**
	 * Looked at now and then while it runs: one that takes long gets a timer for its end,
	 * and tells the request that waits for it.
	 * @param now the present {@link System#nanoTime()}
	 */
	void look(long now);

}
