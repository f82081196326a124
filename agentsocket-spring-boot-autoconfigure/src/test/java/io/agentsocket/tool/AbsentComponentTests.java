package io.agentsocket.tool;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Primitive components that may be absent are mistakes at the start, as parameters are.
 */
class AbsentComponentTests {

	static List<Object> mistakes() {
		return List.of(new OptionalTool(), new IgnoredTool(), new ListedTool(), new NestedTool());
	}

	@ParameterizedTest
	@MethodSource("mistakes")
	void areReported(Object tool) {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> AgentTools.builder().build().actionsOf(tool))
			.withMessageContaining("a component 'p' of ")
			.withMessageContaining("a primitive cannot be absent");
	}

	@Test
	void areZeroWhereTheyMayBe() {
		assertThat(Call.of(new FilledTool(), "filled").with("q", "x").value()).isEqualTo("Filled[p=0, q=x]");
		JsonMapper mapper = JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();
		assertThat(AgentTools.builder().mapper(mapper).build().actionsOf(new OptionalTool())).hasSize(1);
	}

	record Optional(@AgentParam(required = false) int p, String q) {

	}

	record Ignored(@JsonIgnore int p, String q) {

	}

	@JsonIgnoreProperties("p")
	record Listed(boolean p, String q) {

	}

	record Nested(List<Optional> all) {

	}

	record Filled(@AgentParam(required = false) @JsonSetter(nulls = Nulls.AS_EMPTY) int p, String q) {

	}

	static class OptionalTool {

		@AgentTool
		String optional(Optional value) {
			return value.toString();
		}

	}

	static class IgnoredTool {

		@AgentTool
		String ignored(@AgentParam Ignored value) {
			return value.toString();
		}

	}

	static class ListedTool {

		@AgentTool
		String listed(Listed value) {
			return value.toString();
		}

	}

	static class NestedTool {

		@AgentTool
		String nested(Nested value) {
			return value.toString();
		}

	}

	static class FilledTool {

		@AgentTool
		String filled(Filled value) {
			return value.toString();
		}

	}

}
