package io.agentsocket.mcp;

import io.agentsocket.server.TestCluster;

/**
 * Pods that are linked in memory.
 */
class McpPodsTests extends McpPodsContract {

	@Override
	TestCluster.Backing backing() {
		return TestCluster.inMemory();
	}

}
