package io.agentsocket.test.autoconfigure;

import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.autoconfigure.slice.Listener;
import io.agentsocket.test.autoconfigure.slice.SliceApplication;
import io.agentsocket.test.autoconfigure.slice.StockTools;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.ContextConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A slice of named beans.
 */
@AgentSocketTest(Listener.class)
@ContextConfiguration(classes = SliceApplication.class)
class NamedToolsTests {

	@Autowired
	private ApplicationContext context;

	@Autowired
	private AgentSocketTester agent;

	@Test
	void findsTheNamedBeanOnly() {
		assertThat(this.context.getBeansOfType(Listener.class)).hasSize(1);
		assertThat(this.context.getBeansOfType(StockTools.class)).isEmpty();
		assertThat(this.agent.actions()).isEmpty();
	}

}
