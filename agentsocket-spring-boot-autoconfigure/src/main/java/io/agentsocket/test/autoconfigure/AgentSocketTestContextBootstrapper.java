package io.agentsocket.test.autoconfigure;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;
import org.springframework.boot.test.context.ReactiveWebMergedContextConfiguration;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Prepares the context of an {@link AgentSocketTest}: one of a reactive application,
 * which has a server of agents, but no web server.
 */
class AgentSocketTestContextBootstrapper extends TestSliceTestContextBootstrapper<AgentSocketTest> {

	@Override
	protected MergedContextConfiguration processMergedContextConfiguration(MergedContextConfiguration mergedConfig) {
		return new ReactiveWebMergedContextConfiguration(super.processMergedContextConfiguration(mergedConfig));
	}

}
