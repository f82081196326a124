package io.agentsocket.test.autoconfigure;

import java.lang.reflect.Method;

import io.agentsocket.Await;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.RunningInvocation;
import io.agentsocket.test.autoconfigure.slice.Database;
import io.agentsocket.test.autoconfigure.slice.Interceptor;
import io.agentsocket.test.autoconfigure.slice.Listener;
import io.agentsocket.test.autoconfigure.slice.Prices;
import io.agentsocket.test.autoconfigure.slice.SliceApplication;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.test.context.support.WithMockUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/** A part of an application, with what it lacks replaced. */
@AgentSocketTest(properties = "agentsocket.session.store=redis")
@ContextConfiguration(classes = SliceApplication.class)
class AgentSocketTestTests {

	@Autowired
	private AgentSocketTester agent;

	@MockitoBean
	private Prices prices;

	@Autowired
	private Listener listener;

	@Autowired
	private Interceptor interceptor;

	@Autowired
	private AgentSocketServer server;

	@Autowired
	private ApplicationContext context;

	@Test
	void findsToolsAndLeavesOutOtherBeans() {
		given(this.prices.of("book")).willReturn(30);
		this.agent.invoke("stock.price")
			.argument("item", "book")
			.argument("count", 2)
			.expectValue(int.class)
			.isEqualTo(60);
		assertThat(this.context.getBeansOfType(Database.class)).isEmpty();
		assertThat(this.interceptor.seen).contains("stock.price");
	}

	@Test
	void makesNoFilterChainsAndTheBeansBesideThemThatToolsNeed() {
		assertThat(this.context.getBeanNamesForType(SecurityFilterChain.class)).isNotEmpty();
		assertThat(this.context.getBeanNamesForType(SecurityWebFilterChain.class)).isNotEmpty();
		this.agent.invoke("greeting.greet").expectText().isEqualTo("good morning");
	}

	@Test
	void validatesArguments() {
		this.agent.invoke("stock.price").argument("count", 11).expectViolations("/item", "/count");
	}

	@Test
	void findsInheritedTools() {
		this.agent.invoke("more.inherited").expectText().isEqualTo("inherited");
	}

	@Test
	void deliversEvents() {
		this.agent.sendEvent("told", "hello");
		Await.until(() -> this.listener.heard.contains("hello"));
		assertThat(this.listener.heard).contains("hello");
	}

	@Test
	@WithMockUser(roles = "OWNER")
	void holdsToolsToTheirRules() {
		this.agent.invoke("stock.close").expectText().isEqualTo("closed");
		this.agent.as("guest").invoke("stock.close").expectError(ErrorCode.NOT_FOUND);
		this.agent.as(new TestingAuthenticationToken("carl", "x", "ROLE_OWNER"))
			.invoke("stock.close")
			.expectText()
			.isEqualTo("closed");
	}

	@Test
	void movesWhateverThePropertiesSay() {
		RunningInvocation<Integer> counting = this.agent.invoke("stock.count").start(Integer.class);
		counting.expectNext(1);
		this.agent.moveToAnotherPod();
		this.agent.invoke("more.inherited").expectText().isEqualTo("inherited");
	}

	@Test
	void beginsWithoutSessionsOfOthers() {
		assertThat(this.server.sessions()).isEmpty();
		assertThat(this.agent.anotherAgent().session().isConnected()).isTrue();
	}

	/** Fails; run by hand. */
	@AgentSocketTest
	@ContextConfiguration(classes = SliceApplication.class)
	@Import(Prices.class)
	static class Failing {

		@Autowired
		private AgentSocketTester agent;

		@Autowired
		private AgentSocketServer server;

		void fails() {
			this.agent.invoke("stock.count").start(Integer.class).expectNext(1);
			this.agent.as("other").invoke("stock.count").start(Integer.class).expectNext(2);
		}

	}

	@Test
	void closesEverythingAfterATestThatFails() throws Exception {
		TestContextManager manager = new TestContextManager(Failing.class);
		Failing test = new Failing();
		Method method = Failing.class.getDeclaredMethod("fails");
		manager.beforeTestClass();
		manager.prepareTestInstance(test);
		manager.beforeTestMethod(test, method);
		AssertionError failure = null;
		try {
			test.fails();
		}
		catch (AssertionError ex) {
			failure = ex;
		}
		assertThat(failure).hasMessageContaining("Action stock.count");
		assertThat(test.server.sessions()).hasSize(2);
		manager.afterTestMethod(test, method, failure);
		assertThat(test.server.sessions()).isEmpty();
		manager.afterTestClass();
	}

}
