package io.agentsocket.tool;

import java.net.URI;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values that a type does not write, because they are empty or a default, come back: in
 * arguments and in results. Schemas do not require them.
 */
class LeftOutValueTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	@JsonInclude(JsonInclude.Include.NON_DEFAULT)
	record Defaults(int a, long b, boolean c, double d, char e, Integer f, Boolean g, String h, List<String> i,
			Map<String, Integer> j, Date k) {

	}

	@JsonInclude(JsonInclude.Include.NON_EMPTY)
	record Empty(int a, String b, List<String> c, Map<String, List<String>> d, @Nullable String e, URI f, Locale g,
			UUID h, StringBuilder i) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Empty && other.toString().equals(toString());
		}

		@Override
		public int hashCode() {
			return this.a;
		}

	}

	/** Nobody has declared anything of its nullness. */
	@NullUnmarked
	@JsonInclude(JsonInclude.Include.NON_EMPTY)
	record Loose(String a, List<String> b, String c) {

	}

	/** The property has the last word. */
	@JsonInclude(JsonInclude.Include.NON_EMPTY)
	record Mixed(@JsonInclude(JsonInclude.Include.ALWAYS) String a, @NotNull List<String> b,
			@JsonInclude(JsonInclude.Include.NON_DEFAULT) int c) {

	}

	@JsonInclude(JsonInclude.Include.ALWAYS)
	record Written(String a, @JsonInclude(JsonInclude.Include.NON_DEFAULT) int b) {

	}

	@JsonInclude(JsonInclude.Include.NON_EMPTY)
	record Holder(Empty one, List<Empty> several) {

	}

	/** No record, but read by way of a constructor. */
	@JsonInclude(JsonInclude.Include.NON_DEFAULT)
	static final class Made {

		private final int number;

		private final String text;

		@JsonCreator
		Made(@JsonProperty("number") int number, @JsonProperty("text") String text) {
			this.number = number;
			this.text = text;
		}

		public int getNumber() {
			return this.number;
		}

		public String getText() {
			return this.text;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Made made && made.number == this.number && made.text.equals(this.text);
		}

		@Override
		public int hashCode() {
			return Objects.hash(this.number, this.text);
		}

	}

	static class Tools {

		@AgentTool
		Defaults defaults(@AgentParam("v") Defaults value) {
			return value;
		}

		@AgentTool
		Empty empty(@AgentParam("v") Empty value) {
			return value;
		}

		@AgentTool
		Loose loose(@AgentParam("v") Loose value) {
			return value;
		}

		@AgentTool
		Mixed mixed(@AgentParam("v") Mixed value) {
			return value;
		}

		@AgentTool
		Written written(@AgentParam("v") Written value) {
			return value;
		}

		@AgentTool
		Holder holder(@AgentParam("v") Holder value) {
			return value;
		}

		@AgentTool
		Made made(@AgentParam("v") Made value) {
			return value;
		}

	}

	record Bare(String text, List<String> list, int number) {

	}

	static class BareTools {

		@AgentTool
		Bare bare(@AgentParam("v") Bare value) {
			return value;
		}

	}

	static Stream<Arguments> values() {
		Empty none = new Empty(0, "", List.of(), Map.of(), null, URI.create(""), Locale.ROOT, new UUID(0, 0),
				new StringBuilder());
		Empty some = new Empty(1, "b", List.of(""), Map.of("c", List.of()), "e", URI.create("f"), Locale.ENGLISH,
				new UUID(0, 1), new StringBuilder("i"));
		Map<String, List<?>> values = Map.of("defaults",
				List.of(new Defaults(0, 0, false, 0, '\0', 0, false, "", List.of(), Map.of(), new Date(0)),
						new Defaults(1, 2, true, 3, 'e', 4, true, "h", List.of("i"), Map.of("j", 1), new Date(5))),
				"empty", List.of(none, some), "loose",
				List.of(new Loose("", List.of(), "c"), new Loose("a", List.of("b"), "")), "mixed",
				List.of(new Mixed("", List.of(), 0), new Mixed("a", List.of("b"), 1)), "written",
				List.of(new Written("", 0), new Written("a", 1)), "holder",
				List.of(new Holder(none, List.of()), new Holder(some, List.of(none, some))), "made",
				List.of(new Made(0, ""), new Made(1, "b")));
		return values.entrySet()
			.stream()
			.flatMap((entry) -> entry.getValue()
				.stream()
				.flatMap((value) -> Call.codecs().stream().map((codec) -> Arguments.of(codec, entry.getKey(), value))));
	}

	@ParameterizedTest
	@MethodSource("values")
	void comeBackInArgumentsAndResults(Codec codec, String name, Object value) {
		Action action = Call.of(ACTIONS, name).action();
		Call call = Call.of(ACTIONS, name).codec(codec).with("v", value);
		assertThat(call.value()).isEqualTo(value);
		Bytes sent = codec.encode(value, Objects.requireNonNull(action.resultType()));
		assertThat(codec.<Object>decode(sent, action.resultType())).isEqualTo(value);
		JsonNode tree = JSON.valueToTree(codec.<Object>decode(sent, Object.class));
		assertFits(action.output(), tree);
		assertFits(action.input(), JSON.createObjectNode().set("v", tree));
	}

	private static void assertFits(@Nullable Map<String, Object> schema, JsonNode tree) {
		assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(schema))
			.validate(tree)).as("%s against %s", tree, schema).isEmpty();
	}

	/** The configuration of the mapper has a say where annotations have none. */
	static Stream<Arguments> configurations() {
		UnaryOperator<JsonInclude.Value> empty = (value) -> value.withValueInclusion(JsonInclude.Include.NON_EMPTY);
		UnaryOperator<JsonInclude.Value> defaults = (value) -> value
			.withValueInclusion(JsonInclude.Include.NON_DEFAULT);
		return Stream.<UnaryOperator<JsonMapper.Builder>>of((builder) -> builder.changeDefaultPropertyInclusion(empty),
				(builder) -> builder.changeDefaultPropertyInclusion(defaults),
				(builder) -> builder.withConfigOverride(Bare.class,
						(override) -> override.setInclude(empty.apply(JsonInclude.Value.empty()))),
				(builder) -> builder.withConfigOverride(String.class,
						(override) -> override.setInclude(empty.apply(JsonInclude.Value.empty()))),
				(builder) -> builder.withConfigOverride(String.class,
						(override) -> override.setIncludeAsProperty(empty.apply(JsonInclude.Value.empty()))))
			.map((configuration) -> Arguments.of(configuration.apply(JsonMapper.builder()).build()));
	}

	@ParameterizedTest
	@MethodSource("configurations")
	void comeBackWhereTheMapperLeavesThemOut(JsonMapper mapper) {
		Action action = AgentTools.builder()
			.executor(Runnable::run)
			.mapper(mapper)
			.build()
			.actionsOf(new BareTools())
			.get(0);
		Codec codec = JacksonCodec.json(mapper, 32);
		for (Bare value : List.of(new Bare("", List.of(), 0), new Bare("a", List.of("b"), 1))) {
			assertThat(Call.of(List.of(action), "bare").codec(codec).with("v", value).value()).isEqualTo(value);
			Bytes sent = codec.encode(value, Bare.class);
			assertThat(codec.<Object>decode(sent, Bare.class)).isEqualTo(value);
			JsonNode tree = JSON.valueToTree(codec.<Object>decode(sent, Object.class));
			assertFits(action.output(), tree);
			assertFits(action.input(), JSON.createObjectNode().set("v", tree));
		}
	}

	@Test
	void schemasRequireWhatIsAlwaysWritten() {
		assertThat(required("defaults")).isEqualTo("null null");
		assertThat(required("empty")).isEqualTo("[a] null");
		assertThat(required("mixed")).isEqualTo("[a] [a]");
		assertThat(required("written")).isEqualTo("[a] [a]");
		assertThat(required("holder")).isEqualTo("[one] null");
		assertThat(required("made")).isEqualTo("null null");
	}

	private static String required(String name) {
		Action action = Call.of(ACTIONS, name).action();
		Object value = ((Map<?, ?>) action.input().get("properties")).get("v");
		return ((Map<?, ?>) value).get("required") + " " + Objects.requireNonNull(action.output()).get("required");
	}

}
