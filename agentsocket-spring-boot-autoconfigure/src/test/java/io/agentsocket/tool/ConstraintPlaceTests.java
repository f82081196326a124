package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Constraints in other places than the one that Jackson uses: they are published where
 * they hold, and hold where they are published.
 */
class ConstraintPlaceTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final List<Action> ACTIONS = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.build()
		.actionsOf(new Tools());

	/** Tool, its arguments, where they are refused. */
	static Stream<Arguments> values() {
		return Stream.of(of("bean", Map.of("tags", List.of("x"), "counts", Map.of("ab", 1))),
				of("bean", Map.of("tags", List.of("x", "")), "/tags/1"),
				of("bean", Map.of("tags", List.of("x"), "counts", Map.of("ab", 0)), "/counts/ab"),
				of("bean", Map.of("tags", List.of("x"), "counts", Map.of("a", 1)), "/counts/a"),
				of("bean", Map.of("read", List.of("")), "/read/0"), of("described", Map.of("n", 1, "v", List.of("a"))),
				of("described", Map.of("n", 0, "v", List.of("a")), "/n"),
				of("described", Map.of("n", 1, "v", List.of("a", "")), "/v/1"), of("generic", Map.of("v", List.of(""))),
				of("value", Map.of("v", "ab", "list", List.of("ab"))),
				of("value", Map.of("v", "a", "list", List.of("ab")), "/v"),
				of("value", Map.of("v", "ab", "list", List.of("ab", "a")), "/list/1"),
				of("uncascaded", Map.of("v", "ab")), of("uncascaded", Map.of("v", "a"), "/v"),
				of("made", Map.of("v", Map.of("a", 2, "tags", List.of("x")))),
				of("made", Map.of("v", Map.of("a", 1, "tags", List.of("x"))), "/v/a"),
				of("made", Map.of("v", Map.of("a", 2, "tags", List.of(""))), "/v/tags/0"));
	}

	private static Arguments of(String tool, Map<String, Object> arguments, String... refused) {
		return Arguments.of(tool, arguments, List.of(refused));
	}

	@ParameterizedTest
	@MethodSource("values")
	void constraintsArePublishedAndHold(String tool, Map<String, Object> arguments, List<String> refused) {
		Action action = Call.of(ACTIONS, tool).action();
		assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(action.input()))
			.validate(JSON.<JsonNode>valueToTree(arguments))
			.isEmpty()).as(action.input().toString()).isEqualTo(refused.isEmpty());
		for (Codec codec : Call.codecs()) {
			Call call = Call.of(ACTIONS, tool).codec(codec).withArguments(arguments);
			if (refused.isEmpty()) {
				assertThat(call.value()).isEqualTo("ran");
			}
			else {
				assertThat(call.violations()).singleElement()
					.satisfies((violation) -> assertThat(violation.pointer()).isEqualTo(refused.get(0)));
			}
		}
	}

	static final class Bean {

		private List<@NotBlank String> tags = List.of();

		private Map<@Size(min = 2) String, @Min(1) Integer> counts = Map.of();

		private List<String> read = List.of();

		public List<String> getTags() {
			return this.tags;
		}

		public void setTags(List<String> tags) {
			this.tags = tags;
		}

		public Map<String, Integer> getCounts() {
			return this.counts;
		}

		public void setCounts(Map<String, Integer> counts) {
			this.counts = counts;
		}

		public List<@NotBlank String> getRead() {
			return this.read;
		}

		public void setRead(List<String> read) {
			this.read = read;
		}

	}

	record Mail(@JsonValue @Size(min = 2) String text) {

	}

	static final class Made {

		private final int number;

		private final List<String> names;

		@JsonCreator
		Made(@JsonProperty("a") @Min(2) int number, @JsonProperty("tags") List<@NotBlank String> names) {
			this.number = number;
			this.names = names;
		}

		@Override
		public String toString() {
			return this.number + " " + this.names;
		}

	}

	interface Described {

		String described(@Min(1) int n, List<@NotBlank String> v);

	}

	interface Generic<T> {

		String generic(List<@NotBlank T> v);

	}

	static class Tools implements Described, Generic<String> {

		@AgentTool
		String bean(Bean bean) {
			return "ran";
		}

		@Override
		@AgentTool
		public String described(int n, List<String> v) {
			return "ran";
		}

		@Override
		@AgentTool
		public String generic(@AgentParam("v") List<String> v) {
			return "ran";
		}

		@AgentTool
		String value(@Valid Mail v, List<@Valid Mail> list) {
			return "ran";
		}

		@AgentTool
		String uncascaded(@AgentParam("v") Mail v) {
			return "ran";
		}

		@AgentTool
		String made(@AgentParam("v") @Valid Made v) {
			return "ran";
		}

	}

}
