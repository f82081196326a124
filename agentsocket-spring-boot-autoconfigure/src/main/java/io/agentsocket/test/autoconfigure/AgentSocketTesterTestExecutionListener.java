package io.agentsocket.test.autoconfigure;

import io.agentsocket.test.AgentSocketTester;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/**
 * Closes the testers of a context after each test method, also when it has failed: no
 * session is seen by the next one.
 */
class AgentSocketTesterTestExecutionListener implements TestExecutionListener, Ordered {

	/** Called first after a method, while mocks still answer as the test wants it. */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.hasApplicationContext()
				&& testContext.getApplicationContext() instanceof ConfigurableApplicationContext context) {
			ConfigurableListableBeanFactory beans = context.getBeanFactory();
			for (String name : beans.getBeanNamesForType(AgentSocketTester.class, false, false)) {
				// A tester that no test has asked for has nothing to close.
				if (beans.getSingleton(name) instanceof AgentSocketTester tester) {
					tester.close();
				}
			}
		}
	}

}
