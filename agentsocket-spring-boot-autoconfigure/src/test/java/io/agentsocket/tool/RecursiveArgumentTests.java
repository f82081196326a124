package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.schema.JsonSchemaValidator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Types that hold themselves: each alternative of a schema leads to all alternatives one
 * level below.
 */
class RecursiveArgumentTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Sum.class, name = "sum"),
			@JsonSubTypes.Type(value = Product.class, name = "product"),
			@JsonSubTypes.Type(value = Power.class, name = "power"),
			@JsonSubTypes.Type(value = Value.class, name = "value") })
	sealed interface Term {

	}

	record Sum(Term left, Term right) implements Term {

	}

	record Product(Term left, Term right) implements Term {

	}

	record Power(Term left, Term right) implements Term {

	}

	record Value(int value) implements Term {

	}

	static class Calculator {

		@AgentTool("calculate")
		int calculate(Term term) {
			return value(term);
		}

		private static int value(Term term) {
			if (term instanceof Sum sum) {
				return value(sum.left()) + value(sum.right());
			}
			return (term instanceof Value number) ? number.value() : 0;
		}

	}

	record Tree(Term first, List<Term> more, Map<String, Term> named, Tree next) {

	}

	static class Trees {

		@AgentTool("tree")
		Tree tree(@Nullable Tree tree, Optional<Term> term) {
			return new Tree(new Value(1), List.of(), Map.of(), null);
		}

		@AgentTool("all")
		Term all(Sum sum) {
			return sum;
		}

	}

	/** A sum of so many levels, whose last value is given. */
	private static Map<String, Object> sum(int levels, Object last) {
		Map<String, Object> one = Map.of("kind", "value", "value", 1);
		Map<String, Object> term = Map.of("kind", "value", "value", last);
		for (int i = 0; i < levels; i++) {
			term = Map.of("kind", "sum", "left", term, "right", one);
		}
		return term;
	}

	private static Action action(Object bean, String name) {
		return AgentTools.builder()
			.build()
			.actionsOf(bean)
			.stream()
			.filter((action) -> action.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void schemasOfTypesThatHoldThemselvesAreMade() {
		JsonNode input = JSON.valueToTree(action(new Trees(), "tree").input());
		assertThat(input.at("/properties/term/anyOf/0/$ref").asString()).isEqualTo("#/$defs/Term");
		JsonNode sum = input.at("/$defs/Term/anyOf/2");
		assertThat(sum.at("/properties/kind/const").asString()).isEqualTo("sum");
		assertThat(sum.at("/properties/left")).isEqualTo(JSON.readTree("{\"$ref\":\"#/$defs/Term\"}"));
		assertThat(input.at("/$defs/Tree/properties/next/$ref").asString()).isEqualTo("#/$defs/Tree");
		JsonNode output = JSON.valueToTree(action(new Trees(), "all").output());
		assertThat(output.at("/anyOf/0/properties/left/$ref").asString()).isEqualTo("#");
	}

	/** A subtype that is declared is the only one that may come. */
	@Test
	void aSubtypeHasNoSiblings() {
		Map<String, Object> input = action(new Trees(), "all").input();
		assertThat(JSON.valueToTree(input).<JsonNode>at("/properties/kind/const").asString()).isEqualTo("sum");
		Map<String, Object> one = Map.of("kind", "value", "value", 1);
		Map<String, Object> sum = Map.of("kind", "sum", "left", one, "right", one);
		JsonSchemaValidator checks = new JsonSchemaValidator();
		assertThat(checks.violations(input, sum)).isEmpty();
		assertThat(Call.of(new Trees(), "all").withArguments(sum).value()).isNotNull();
		assertThat(checks.violations(input, one)).isNotEmpty();
		assertThat(Call.of(new Trees(), "all").withArguments(one).violations()).isNotEmpty();
	}

	@Test
	void aDeepArgumentIsTaken() {
		assertThat(Call.of(new Calculator(), "calculate").with("term", sum(28, 5)).value()).isEqualTo(33);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 28 })
	void aDeepArgumentThatDoesNotFitIsRefusedInTime(int levels) {
		List<Violation> violations = Call.of(new Calculator(), "calculate").with("term", sum(levels, "x")).violations();
		assertThat(violations).extracting(Violation::pointer)
			.containsExactly("/term" + "/left".repeat(levels) + "/value");
	}

}
