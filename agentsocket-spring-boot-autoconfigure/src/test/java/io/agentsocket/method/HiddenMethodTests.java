package io.agentsocket.method;

import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import io.agentsocket.tool.PackagePrivateTools;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Methods that a proxy does not see: it would run them on itself, past the bean and its
 * rules.
 */
class HiddenMethodTests {

	@Test
	void aMethodThatTheProxyDoesNotSeeIsAMistake() {
		InvalidToolsException error = catchThrowableOfType(InvalidToolsException.class,
				() -> AgentTools.builder().build().actionsOf(proxy(new Elsewhere())));
		assertThat(error.problems()).singleElement()
			.satisfies((problem) -> assertThat(problem.problem()).contains("another package"))
			.satisfies((problem) -> assertThat(problem.action()).contains("public or protected"));
	}

	@Test
	void withoutAProxyAndInItsOwnPackageItIsATool() {
		assertThat(AgentTools.builder().build().actionsOf(new Elsewhere())).hasSize(1);
		assertThat(AgentTools.builder().build().actionsOf(proxy(new PackagePrivateTools()))).hasSize(1);
	}

	private static Object proxy(Object bean) {
		ProxyFactory factory = new ProxyFactory(bean);
		factory.setProxyTargetClass(true);
		return factory.getProxy();
	}

	static class Elsewhere extends PackagePrivateTools {

	}

}
