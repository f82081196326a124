package io.agentsocket.tool;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonIgnoreType;
import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonPOJOBuilder;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Properties that a type tells Jackson to ignore: an agent that sends one learns that it
 * does not count, unless the type takes unknown ones or writes it itself.
 */
class IgnoredNamesTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final List<Action> ACTIONS = AgentTools.builder().build().actionsOf(new Tools());

	/** Tool, value of its argument, what is refused of it. */
	static Stream<Arguments> values() {
		return Stream.of(of("field", Map.of("seen", 1)), of("field", Map.of("seen", 1, "hidden", 2), "/v/hidden"),
				of("field", Map.of("seen", 1, "hidden", List.of(Map.of("a", 1))), "/v/hidden"),
				of("component", Map.of("name", "a")), of("component", Map.of("name", "a", "secret", "b"), "/v/secret"),
				of("named", Map.of("name", "a")), of("named", Map.of("name", "a", "secret", "b"), "/v/secret"),
				of("gone", Map.of("name", "a", "gone", true), "/v/gone"), of("included", Map.of("name", "a")),
				of("included", Map.of("name", "a", "other", "b"), "/v/other"),
				of("typed", Map.of("name", "a", "context", Map.of()), "/v/context"),
				of("readOnly", Map.of("name", "a")), of("readOnly", Map.of("name", "a", "id", 7)),
				of("derived", Map.of("once", 1, "twice", 9)), of("open", Map.of("name", "a")),
				of("open", Map.of("name", "a", "secret", "b", "more", 1)), of("any", Map.of("name", "a", "more", 1)),
				of("any", Map.of("name", "a", "secret", 1), "/v/secret"),
				of("list", List.of(Map.of("seen", 1), Map.of("seen", 1, "hidden", 2)), "/v/1/hidden"),
				of("place", Map.of("inner", Map.of("name", "a"))),
				of("place", Map.of("inner", Map.of("name", "a", "note", "b")), "/v/inner/note"),
				of("places", Map.of("list", List.of(Map.of("name", "a")), "included", Map.of("name", "a"))),
				of("places", Map.of("list", List.of(Map.of("name", "a", "note", "b")), "included", Map.of("name", "a")),
						"/v/list/0/note"),
				of("places", Map.of("list", List.of(), "included", Map.of("name", "a", "note", "b")),
						"/v/included/note"),
				of("unwrapped", Map.of("id", 1, "seen", 2)), of("built", Map.of("name", "a", "extra", 1)),
				of("built", Map.of("name", "a", "secret", "b"), "/v/secret"),
				of("built", Map.of("name", "a", "hidden", "b"), "/v/hidden"),
				of("built", Map.of("name", "a", "other", "b"), "/v/other"),
				of("built", Map.of("name", "a", "length", 9)), of("openlyBuilt", Map.of("name", "a", "other", "b")));
	}

	private static Arguments of(String tool, Object value, String... refused) {
		return Arguments.of(tool, value, List.of(refused));
	}

	@ParameterizedTest
	@MethodSource("values")
	void ignoredNamesAreRefusedAsUnknownOnes(String tool, Object value, List<String> refused) {
		Action action = Call.of(ACTIONS, tool).action();
		Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(action.input()));
		boolean fits = schema.validate(JSON.<JsonNode>valueToTree(Map.of("v", value))).isEmpty();
		assertThat(fits).as(action.input().toString()).isEqualTo(refused.isEmpty());
		for (Codec codec : Call.codecs()) {
			Call call = Call.of(ACTIONS, tool).codec(codec).with("v", value);
			if (refused.isEmpty()) {
				assertThat(call.value()).isNotNull();
			}
			else {
				assertThat(call.violations()).singleElement().satisfies((violation) -> {
					assertThat(violation.pointer()).isEqualTo(refused.get(0));
					assertThat(violation.rule()).isIn("additionalProperties", "false");
				});
			}
		}
	}

	@Test
	void ignoredValuesNeverCome() {
		assertThat(Call.of(ACTIONS, "readOnly").with("v", Map.of("name", "a", "id", 7)).value())
			.isEqualTo(new ReadOnly("a", null));
		assertThat(Call.of(ACTIONS, "open").with("v", Map.of("name", "a", "secret", "b")).value())
			.isEqualTo(new Open("a", null));
	}

	@Test
	void schemasSayWhatIsReadAndWritten() {
		assertThat(Call.of(ACTIONS, "readOnly").action().input().toString()).contains("readOnly=true");
		assertThat(Call.of(ACTIONS, "named").action().input().toString()).doesNotContain("secret");
		assertThat(Call.of(ACTIONS, "component").action().input().toString()).doesNotContain("secret");
		assertThat(Call.of(ACTIONS, "included").action().input().toString()).doesNotContain("other");
		Codec codec = Call.codecs().get(1);
		for (Object[] result : new Object[][] { { "named", new Named("a", "b") },
				{ "component", new Component("a", "b") }, { "included", new Included("a", "b") },
				{ "place", new Place(new Inner("a", "b")) }, { "readOnly", new ReadOnly("a", 7) },
				{ "open", new Open("a", "b") }, { "built", new Built("a") } }) {
			Action action = Call.of(ACTIONS, (String) result[0]).action();
			Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
				.getSchema(JSON.<JsonNode>valueToTree(action.output()));
			JsonNode sent = JSON
				.readTree(codec.encode(result[1], Objects.requireNonNull(action.resultType())).toArray());
			assertThat(schema.validate(sent)).as(action.output() + " " + sent).isEmpty();
			assertThat(action.output().toString()).doesNotContain("secret", "other");
		}
	}

	static final class Field {

		public int seen;

		@JsonIgnore
		public int hidden = 7;

	}

	record Component(String name, @JsonIgnore @Nullable String secret) {

	}

	@JsonIgnoreProperties("secret")
	record Named(String name, String secret) {

	}

	@JsonIgnoreProperties("gone")
	record Gone(String name) {

	}

	@JsonIncludeProperties("name")
	record Included(String name, @Nullable String other) {

	}

	@JsonIgnoreType
	record Context(String id) {

	}

	static final class Typed {

		public String name = "";

		public @Nullable Context context;

	}

	record ReadOnly(String name, @JsonProperty(access = JsonProperty.Access.READ_ONLY) @Nullable Integer id) {

	}

	@JsonIgnoreProperties(value = "twice", allowGetters = true)
	record Derived(int once) {

		@JsonProperty
		int twice() {
			return this.once * 2;
		}

	}

	@JsonIgnoreProperties(value = "secret", ignoreUnknown = true)
	record Open(String name, @Nullable String secret) {

	}

	@JsonIgnoreProperties("secret")
	static final class Any {

		public String name = "";

		private final Map<String, Object> more = new HashMap<>();

		@JsonAnySetter
		void put(String name, Object value) {
			this.more.put(name, value);
		}

	}

	record Inner(String name, @Nullable String note) {

	}

	record Place(@JsonIgnoreProperties("note") Inner inner) {

	}

	record Places(@JsonIgnoreProperties("note") List<Inner> list, @JsonIncludeProperties("name") Inner included) {

	}

	@JsonDeserialize(builder = Built.Builder.class)
	static class Built {

		private final String name;

		Built(String name) {
			this.name = name;
		}

		public String getName() {
			return this.name;
		}

		@JsonProperty(access = JsonProperty.Access.READ_ONLY)
		public int getLength() {
			return this.name.length();
		}

		/** It reads one name more than its type has, and ignores two. */
		@JsonPOJOBuilder
		@JsonIgnoreProperties({ "secret", "length" })
		static class Builder {

			private String name = "";

			Builder withName(String name) {
				this.name = name;
				return this;
			}

			Builder withExtra(int extra) {
				this.name += extra;
				return this;
			}

			Builder withSecret(String secret) {
				this.name = secret;
				return this;
			}

			@JsonIgnore
			Builder withHidden(String hidden) {
				this.name = hidden;
				return this;
			}

			Built build() {
				return new Built(this.name);
			}

		}

	}

	@JsonDeserialize(builder = OpenlyBuilt.Builder.class)
	record OpenlyBuilt(String name) {

		@JsonPOJOBuilder
		@JsonIgnoreProperties(ignoreUnknown = true)
		static class Builder {

			private String name = "";

			Builder withName(String name) {
				this.name = name;
				return this;
			}

			OpenlyBuilt build() {
				return new OpenlyBuilt(this.name);
			}

		}

	}

	static final class Outer {

		public int id;

		@JsonUnwrapped
		public Field field = new Field();

	}

	static class Tools {

		@AgentTool
		int field(@AgentParam("v") Field v) {
			return v.seen;
		}

		@AgentTool
		List<Field> list(List<Field> v) {
			return v;
		}

		@AgentTool
		Component component(@AgentParam("v") Component v) {
			return v;
		}

		@AgentTool
		Named named(@AgentParam("v") Named v) {
			return v;
		}

		@AgentTool
		Gone gone(@AgentParam("v") Gone v) {
			return v;
		}

		@AgentTool
		Included included(@AgentParam("v") Included v) {
			return v;
		}

		@AgentTool
		String typed(@AgentParam("v") Typed v) {
			return v.name;
		}

		@AgentTool
		ReadOnly readOnly(@AgentParam("v") ReadOnly v) {
			return v;
		}

		@AgentTool
		Derived derived(@AgentParam("v") Derived v) {
			return v;
		}

		@AgentTool
		Open open(@AgentParam("v") Open v) {
			return v;
		}

		@AgentTool
		String any(@AgentParam("v") Any v) {
			return v.name;
		}

		@AgentTool
		Place place(@AgentParam("v") Place v) {
			return v;
		}

		@AgentTool
		Places places(@AgentParam("v") Places v) {
			return v;
		}

		@AgentTool
		Built built(@AgentParam("v") Built v) {
			return v;
		}

		@AgentTool
		String openlyBuilt(@AgentParam("v") OpenlyBuilt v) {
			return v.name();
		}

		@AgentTool
		int unwrapped(@AgentParam("v") Outer v) {
			return v.id + v.field.seen;
		}

	}

}
