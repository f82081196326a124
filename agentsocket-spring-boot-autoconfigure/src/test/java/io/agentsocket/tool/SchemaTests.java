package io.agentsocket.tool;

import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * JSON Schemas of tools.
 */
class SchemaTests {

	private final List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());

	@Test
	void describesArguments() throws Exception {
		assertInput("types",
				"""
						{"type":"object","properties":{
						  "text":{"type":"string","description":"Some text."},
						  "number":{"type":"integer","minimum":-2147483648,"maximum":2147483647,"default":7},
						  "price":{"type":"number"},
						  "flag":{"type":"boolean"},
						  "unit":{"type":"string","enum":["METRIC","us"],"default":"METRIC"},
						  "day":{"type":"string","format":"date"},
						  "at":{"type":"string","format":"date-time"},
						  "local":{"type":"string",
						    "pattern":"^\\\\d{4}-\\\\d{2}-\\\\d{2}T\\\\d{2}:\\\\d{2}(:\\\\d{2}(\\\\.\\\\d{1,9})?)?$"},
						  "id":{"type":"string","format":"uuid"},
						  "link":{"type":"string","format":"uri-reference"},
						  "locale":{"type":"string"},
						  "data":{"type":"string","contentEncoding":"base64"},
						  "names":{"type":"array","items":{"type":"string"}},
						  "weights":{"type":"object","additionalProperties":{"type":"number"}},
						  "note":{"type":["string","null"]},
						  "maybe":{"type":["integer","null"],"minimum":-2147483648,"maximum":2147483647},
						  "tree":{"type":["object","array","string","number","boolean"]},
						  "code":{"type":"string"}},
						 "required":["text","price","flag","day","at","local","id","link","locale","data","names","weights","tree","code"],
						 "additionalProperties":false}""");
	}

	@Test
	void describesConstraints() throws Exception {
		assertInput("constraints", """
				{"type":"object","properties":{
				  "name":{"type":"string","minLength":1,"maxLength":5,"pattern":"[^\\\\t-\\\\r\\\\x1c-\\\\x20]"},
				  "count":{"type":"integer","minimum":1,"maximum":10},
				  "code":{"type":"string","pattern":"^(?:[A-Z]+)$"},
				  "tags":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":3}},
				 "required":["name","count","code","tags"],"additionalProperties":false}""");
	}

	@Test
	void describesARecordThatTakesAllArguments() throws Exception {
		assertInput("person", """
				{"type":"object","properties":{
				  "full_name":{"type":"string","description":"First and last name."},
				  "age":{"type":"integer","minimum":0,"maximum":2147483647},
				  "nick":{"type":["string","null"],"description":"As friends say."},
				  "mail":{"type":["string","null"]},
				  "home":{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":["string","null"]}},
				    "required":["city"],"additionalProperties":false}},
				 "required":["full_name","age","home"],"additionalProperties":false}""");
	}

	@Test
	void describesBeans() throws Exception {
		assertInput("bean",
				"""
						{"type":"object","properties":{"title":{"type":"string"},"size":{"type":"integer","minimum":-2147483648,"maximum":2147483647}},
						 "required":["size"],"additionalProperties":false}""");
	}

	@Test
	void describesMaps() throws Exception {
		assertInput("map",
				"""
						{"type":"object","additionalProperties":{"type":"integer","minimum":-2147483648,"maximum":2147483647}}""");
	}

	@Test
	void describesRecursiveAndSharedTypesOnce() {
		Map<String, Object> input = action("nodes").input();
		assertThat(input.toString()).contains("$ref");
		assertThat(input).containsKey("$defs");
		assertThat(Call.of(this.actions, "nodes")
			.with("a", Map.of("name", "x", "children", List.of(Map.of("name", "y", "children", List.of()))), "b",
					Map.of("name", "x"))
			.broken()).containsExactlyInAnyOrder("/b/children required");
		assertThat(Call.of(this.actions, "nodes")
			.with("a", Map.of("name", "x", "children", List.of(Map.of("children", "?"))), "b", Map.of("name", "x"))
			.broken()).containsExactlyInAnyOrder("/a/children/0/name required", "/a/children/0/children type",
					"/b/children required");
	}

	@Test
	void describesPolymorphicTypes() {
		String input = action("shape").input().toString();
		assertThat(input).contains("anyOf").contains("kind").contains("circle").contains("square");
	}

	@Test
	void describesResults() throws Exception {
		assertOutput("person", """
				{"type":"object","properties":{
				  "full_name":{"type":"string","description":"First and last name."},
				  "age":{"type":"integer","minimum":0},
				  "nickname":{"type":["string","null"],"description":"As friends say."},
				  "mail":{"type":["string","null"]},
				  "home":{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":["string","null"]}},
				    "required":["city"]}},
				 "required":["full_name","age","home"]}""");
		assertOutput("constraints", """
				{"type":"array","items":{"type":"integer"}}""");
		assertOutput("flux", """
				{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":["string","null"]}},
				 "required":["city"]}""");
		assertThat(action("types").output()).isNull();
		assertThat(action("text").output()).isNull();
	}

	@Test
	void describesItems() {
		assertThat(action("flux").items()).isEqualTo(Map.of("type", "object", "properties",
				Map.of("city", Map.of("type", "string"), "zip", Map.of("type", List.of("string", "null"))), "required",
				List.of("city"), "additionalProperties", false));
		assertThat(action("text").items()).isEqualTo(Map.of("type", "string"));
		assertThat(action("types").items()).isNull();
	}

	@Test
	void customizersHaveTheLastWord() {
		List<Action> customized = AgentTools.builder()
			.schemaCustomizers(List.of((builder) -> builder.forFields().withTitleResolver((field) -> "T")))
			.build()
			.actionsOf(new Tools());
		assertThat(Call.of(customized, "bean").action().input().toString()).contains("title=T");
	}

	@Test
	void schemasArePlainData() {
		for (Action action : this.actions) {
			JsonNode tree = JsonMapper.shared().valueToTree(action.input());
			assertThat(JsonMapper.shared().convertValue(tree, Object.class)).isEqualTo((Object) action.input());
		}
	}

	private Action action(String name) {
		return Call.of(this.actions, name).action();
	}

	private void assertInput(String name, String expected) throws Exception {
		JSONAssert.assertEquals(expected, JsonMapper.shared().writeValueAsString(action(name).input()),
				JSONCompareMode.NON_EXTENSIBLE);
	}

	private void assertOutput(String name, String expected) throws Exception {
		JSONAssert.assertEquals(expected, JsonMapper.shared().writeValueAsString(action(name).output()),
				JSONCompareMode.NON_EXTENSIBLE);
	}

	enum Unit {

		METRIC, @JsonProperty("us")
		IMPERIAL

	}

	record Code(@JsonValue String value) {

	}

	record Home(String city, @Nullable String zip) {

	}

	record Person(@JsonProperty("full_name") @JsonPropertyDescription("First and last name.") String name,
			@Min(0) int age, @AgentParam(value = "nick", description = "As friends say.") @Nullable String nickname,
			Optional<String> mail, Home home) {

	}

	record Node(String name, List<Node> children) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, name = "circle"),
			@JsonSubTypes.Type(value = Square.class, name = "square") })
	interface Shape {

	}

	record Circle(double radius) implements Shape {

	}

	record Square(double side) implements Shape {

	}

	public static class Bean {

		@NotNull
		@JsonProperty(required = true)
		public Integer size = 0;

		private String title = "";

		@JsonIgnore
		public String secret = "";

		public String getTitle() {
			return this.title;
		}

		public void setTitle(String title) {
			this.title = title;
		}

	}

	static class Tools {

		@AgentTool
		void types(@AgentParam(description = "Some text.") String text, @AgentParam(defaultValue = "7") int number,
				double price, boolean flag, @AgentParam(defaultValue = "METRIC") Unit unit, LocalDate day, Instant at,
				LocalDateTime local, UUID id, URI link, Locale locale, byte[] data, List<String> names,
				Map<String, Double> weights, @Nullable String note, Optional<Integer> maybe, JsonNode tree, Code code) {
		}

		@AgentTool
		List<Integer> constraints(@NotBlank @Size(max = 5) String name, @Min(1) @Max(10) int count,
				@Pattern(regexp = "[A-Z]+") String code, @Size(min = 1, max = 3) List<String> tags) {
			return List.of();
		}

		@AgentTool
		Person person(Person person) {
			return person;
		}

		@AgentTool
		void bean(Bean bean) {
		}

		@AgentTool
		void map(Map<String, Integer> map) {
		}

		@AgentTool
		void nodes(Node a, Node b) {
		}

		@AgentTool
		void shape(@AgentParam Shape shape) {
		}

		@AgentTool
		Flux<Home> flux(Flux<Home> homes) {
			return homes;
		}

		@AgentTool
		Flux<String> text(Flux<String> words) {
			return words;
		}

	}

}
