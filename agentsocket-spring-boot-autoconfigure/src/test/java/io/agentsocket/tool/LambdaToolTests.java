package io.agentsocket.tool;

import java.io.Serializable;
import java.util.List;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans that are lambdas: only their interfaces tell names and annotations.
 */
class LambdaToolTests {

	@Test
	void aLambdaIsDescribedByItsInterface() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Config.class)) {
			List<Action> actions = AgentTools.builder().build().scan(context);
			assertThat(actions).extracting(Action::name).containsExactly("shop.get");
			assertThat(Call.of(actions, "shop.get").with("name", "tea").value()).isEqualTo("got tea");
		}
	}

	@Test
	void aLambdaWithoutAContainerIsDescribedByItsInterface() {
		assertThat(Call.of((Client & Serializable) (name) -> "got " + name, "shop.get").with("name", "tea").value())
			.isEqualTo("got tea");
	}

	@Test
	void aLambdaBehindAProxyIsDescribedByItsInterface() {
		ProxyFactory factory = new ProxyFactory((Client) (name) -> "got " + name);
		assertThat(Call.of(factory.getProxy(), "shop.get").with("name", "tea").value()).isEqualTo("got tea");
	}

	@AgentTool("shop")
	interface Client {

		@AgentTool
		String get(String name);

	}

	@Configuration(proxyBeanMethods = false)
	static class Config {

		@Bean
		Client client() {
			return (name) -> "got " + name;
		}

		@Bean
		UnaryOperator<String> noTool() {
			return (name) -> name;
		}

	}

}
