package io.agentsocket.relay;

import io.agentsocket.server.TestCluster;

/**
 * Pods that share what is in this process.
 */
class TakenOverCallsTests extends TakenOverCallsContract {

	@Override
	TestCluster.Backing backing() {
		return TestCluster.inMemory();
	}

}
