package io.agentsocket.security;

import org.junit.jupiter.api.AfterAll;
import reactor.core.publisher.Hooks;

import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/**
 * The same where Reactor restores the thread locals of each operator from its context,
 * and clears those that the context does not have.
 */
@ContextConfiguration(classes = BlockingMethodSecurityTests.Application.class)
@TestPropertySource(properties = "spring.reactor.context-propagation=auto")
@DirtiesContext
class PropagatingBlockingMethodSecurityTests extends BlockingMethodSecurityTests {

	@AfterAll
	static void leaveReactorAlone() {
		Hooks.disableAutomaticContextPropagation();
	}

}
