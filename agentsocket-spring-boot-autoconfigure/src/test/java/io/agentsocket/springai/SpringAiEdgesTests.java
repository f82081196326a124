package io.agentsocket.springai;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.tool.annotation.Tool;
import org.springframework.aop.framework.ProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Types and proxies of methods of Spring AI that are rare.
 */
class SpringAiEdgesTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static Action action(Object bean, String name) {
		return SpringAiActions.ofMethods(AgentTools.builder().build(), bean)
			.stream()
			.filter((action) -> action.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lists", "bounded" })
	void elementsOfGenericArraysKeepTheirType(String tool) {
		JsonNode output = JSON.valueToTree(action(new Arrays(), tool).output());
		assertThat(output.at("/items/items/properties/city/type").asString()).as(output.toString()).isEqualTo("string");
	}

	@Test
	void aMethodBehindAnOpaqueProxyIsRefused() {
		ProxyFactory opaque = proxy(new Hidden());
		opaque.setOpaque(true);
		refuses(opaque.getProxy());
		// Behind a proxy that shows its object.
		refuses(proxy(opaque.getProxy()).getProxy());
		assertThat(SpringAiActions.ofMethods(AgentTools.builder().build(), proxy(new Hidden()).getProxy()))
			.extracting(Action::name)
			.contains("secret", "common");
	}

	private static ProxyFactory proxy(Object target) {
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(true);
		return factory;
	}

	private static void refuses(Object proxy) {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> SpringAiActions.ofMethods(AgentTools.builder().build(), proxy))
			.satisfies((ex) -> assertThat(ex.problems()).hasSize(2).allSatisfy((problem) -> {
				assertThat(problem.method()).containsAnyOf("secret", "common");
				assertThat(problem.problem()).startsWith("Its bean has a proxy that does not tell");
			}));
	}

	record Place(String city) {

	}

	static class Arrays {

		@Tool
		List<Place>[] lists() {
			return null;
		}

		@Tool
		<T extends Place> List<T>[] bounded() {
			return null;
		}

		@Tool
		<T> Map<String, T>[] open() {
			return null;
		}

	}

	static class Hidden {

		private final String word = "behind";

		@Tool
		private String secret() {
			return this.word;
		}

		@Tool
		static String common() {
			return "common";
		}

		@Tool
		String open() {
			return this.word;
		}

	}

}
