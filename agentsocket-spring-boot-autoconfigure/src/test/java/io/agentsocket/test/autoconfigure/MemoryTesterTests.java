package io.agentsocket.test.autoconfigure;

import io.agentsocket.session.SessionStore;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.autoconfigure.slice.Prices;
import io.agentsocket.test.autoconfigure.slice.StockTools;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A whole application, in memory.
 */
@SpringBootTest(properties = "agentsocket.session.store=auto")
@AutoConfigureAgentSocketTester
class MemoryTesterTests {

	@Autowired
	private AgentSocketTester agent;

	@Autowired
	private SessionStore store;

	@Test
	void leavesTheStoreOfTheApplicationAlone() {
		// There is a connection factory for Redis here, though no Redis.
		assertThat(this.store.getClass().getSimpleName()).isEqualTo("RedisSessionStore");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ StockTools.class, Prices.class })
	static class Application {

	}

}
