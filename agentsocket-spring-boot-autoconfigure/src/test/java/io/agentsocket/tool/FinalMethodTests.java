package io.agentsocket.tool;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Final methods of beans that do not exist when tools are looked for: a proxy would run
 * them on itself, where nothing is injected and no rule is asked.
 */
class FinalMethodTests {

	@ParameterizedTest
	@ValueSource(classes = { LazyConfig.class, PrototypeConfig.class })
	void isNeverEnteredOnTheProxyOfABeanThatComesLater(Class<?> config) {
		refused(actions(config, false, true));
	}

	@Test
	void isNeverEnteredOnAProxyWhereAllBeansAreLazy() {
		refused(actions(EagerConfig.class, true, true));
	}

	@Test
	void isAMistakeOfABeanThatExists() {
		assertThatThrownBy(() -> actions(EagerConfig.class, false, true)).isInstanceOf(InvalidToolsException.class)
			.hasMessageContaining("cannot override a final method");
	}

	@ParameterizedTest
	@ValueSource(classes = { LazyConfig.class, PrototypeConfig.class, EagerConfig.class })
	void isAToolWithoutAProxy(Class<?> config) {
		List<Action> actions = actions(config, false, false);
		assertThat(Call.of(actions, "closed").value()).isEqualTo("injected");
	}

	private static void refused(List<Action> actions) {
		Call closed = Call.of(actions, "closed");
		for (int i = 0; i < 2; i++) {
			assertThatIllegalStateException().isThrownBy(closed::value)
				.withMessageContaining("Closed.closed() is final")
				.withMessageContaining("Make the method (in Kotlin also the class) open.");
		}
		assertThat(Call.of(actions, "open").value()).isEqualTo("advised");
	}

	private static List<Action> actions(Class<?> config, boolean lazy, boolean proxied) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		if (lazy) {
			context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
		}
		if (proxied) {
			context.registerBean(BeanNameAutoProxyCreator.class, FinalMethodTests::creator);
			context.registerBean("advice", MethodInterceptor.class, () -> (invocation) -> "advised");
		}
		context.register(config);
		context.refresh();
		return AgentTools.builder().build().scan(context);
	}

	private static BeanNameAutoProxyCreator creator() {
		BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
		creator.setBeanNames("closed");
		creator.setProxyTargetClass(true);
		creator.setInterceptorNames("advice");
		return creator;
	}

	static class Closed {

		private final Map<String, String> injected = Map.of("key", "injected");

		@AgentTool("closed")
		public final String closed() {
			return String.valueOf(this.injected.get("key"));
		}

		@AgentTool("open")
		public String open() {
			return "not advised";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EagerConfig {

		@Bean
		Closed closed() {
			return new Closed();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyConfig {

		@Bean
		@Lazy
		Closed closed() {
			return new Closed();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrototypeConfig {

		@Bean
		@Scope("prototype")
		Closed closed() {
			return new Closed();
		}

	}

}
