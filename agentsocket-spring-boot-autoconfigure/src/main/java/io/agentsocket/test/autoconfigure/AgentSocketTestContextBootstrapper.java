package io.agentsocket.test.autoconfigure;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/**
 * Prepares the context of an {@link AgentSocketTest}: that of a web application of the
 * stack that is on the class path, which has a server of agents, but no web server.
 */
class AgentSocketTestContextBootstrapper extends TestSliceTestContextBootstrapper<AgentSocketTest> {

	@Override
	protected WebEnvironment getWebEnvironment(Class<?> testClass) {
		return WebEnvironment.MOCK;
	}

}
