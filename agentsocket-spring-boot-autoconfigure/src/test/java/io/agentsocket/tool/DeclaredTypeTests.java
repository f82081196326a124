package io.agentsocket.tool;

import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleAbstractTypeResolver;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Types that annotations of Jackson turn into others, or of which it reads and writes
 * only a part: schema, binding and results agree for them.
 */
class DeclaredTypeTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	@Test
	void objectsOfAnyFormAreOpenInEachPlace() {
		class Tools {

			@AgentTool
			String one(ObjectNode query, int limit) {
				return query + " " + limit;
			}

			@AgentTool
			Filter within(@AgentParam Filter filter) {
				return filter;
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		Map<String, Object> query = Map.of("a", Map.of("b", 1));
		assertAccepted(actions, "one", Map.of("query", query, "limit", 1), "{\"a\":{\"b\":1}} 1");
		assertAccepted(actions, "within", Map.of("filter", Map.of("query", query)), null);
		assertWritten(actions, "within", new Filter(JSON.valueToTree(query)));
	}

	@Test
	void propertiesThatAreOnlyReadAreInNoResult() {
		class Tools {

			@AgentTool
			Login login(@AgentParam Login login) {
				return login;
			}

			@AgentTool
			List<Login> all() {
				return List.of();
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertAccepted(actions, "login", Map.of("login", Map.of("user", "a", "password", "b")), new Login("a", "b"));
		assertWritten(actions, "login", new Login("a", "b"));
		assertThat(Call.of(actions, "login").action().output().toString()).contains("user").doesNotContain("password");
		assertThat(Call.of(actions, "all").action().output().toString()).doesNotContain("password");
	}

	@Test
	void subtypesTakeTheirNameWithoutAUseForIt() {
		class Tools {

			@AgentTool
			Seen seen(@AgentParam Seen v) {
				return v;
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertAccepted(actions, "seen", Map.of("v", Map.of("kind", "plain", "x", 1)), new Plain(1));
		assertAccepted(actions, "seen", Map.of("v", Map.of("kind", "aware", "y", 2)), new Aware("aware", 2));
		assertThat(Call.of(actions, "seen").with("v", Map.of("kind", "plain", "x", 1, "z", 1)).broken())
			.containsExactly("/v/z additionalProperties");
	}

	@Test
	void aDefaultSubtypeIsOneThoughItIsNotListed() {
		class Tools {

			@AgentTool
			Message message(@AgentParam Message v) {
				return v;
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertAccepted(actions, "message", Map.of("v", Map.of("kind", "text", "text", "a")), new Text("a"));
		assertAccepted(actions, "message", Map.of("v", Map.of("kind", "more", "size", 1)), new Unknown(1));
		assertAccepted(actions, "message", Map.of("v", Map.of("size", 1)), new Unknown(1));
		assertWritten(actions, "message", new Unknown(1));
		assertWritten(actions, "message", new Text("a"));
	}

	@Test
	void typesThatAreReadAsOthersHaveTheirProperties() {
		class Tools {

			@AgentTool
			String type(@AgentParam Area v) {
				return v.toString();
			}

			@AgentTool
			String property(@AgentParam Places v) {
				return v.toString();
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertAccepted(actions, "type", Map.of("v", Map.of("side", 1)), "Square[side=1]");
		assertAccepted(actions, "property",
				Map.of("v", Map.of("one", Map.of("name", "a"), "list", List.of(Map.of("name", "b")))),
				"Places[one=Known[name=a], list=[Known[name=b]]]");
		assertThat(Call.of(actions, "type").with("v", Map.of()).violations()).singleElement()
			.satisfies((violation) -> assertThat(violation.pointer()).isEqualTo("/v/side"));
	}

	@Test
	void typesThatAModuleMapsHaveThePropertiesOfTheOthers() {
		class Tools {

			@AgentTool
			String mapped(@AgentParam Mapped v, List<Mapped> list) {
				return v + " " + list;
			}

		}
		SimpleAbstractTypeResolver resolver = new SimpleAbstractTypeResolver().addMapping(Mapped.class, Known.class);
		JsonMapper mapper = JsonMapper.builder().addModule(new SimpleModule().setAbstractTypes(resolver)).build();
		List<Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Tools());
		Map<String, Object> arguments = Map.of("v", Map.of("name", "a"), "list", List.of(Map.of("name", "b")));
		Call call = Call.of(actions, "mapped").codec(JacksonCodec.json(mapper, 32)).withArguments(arguments);
		assertThat(call.value()).isEqualTo("Known[name=a] [Known[name=b]]");
		assertThat(schema(call.action().input()).validate(JSON.<JsonNode>valueToTree(arguments))).isEmpty();
	}

	@Test
	void namesOfSubtypesBesideTheirValueAreProperties() {
		class Tools {

			@AgentTool
			Drawing drawing(@AgentParam Drawing v) {
				return v;
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		Drawing drawing = new Drawing(new Dot(1), new Line(2));
		assertAccepted(actions, "drawing",
				Map.of("v",
						Map.of("shape", "dot", "first", Map.of("x", 1), "form", "line", "second", Map.of("length", 2))),
				drawing);
		assertWritten(actions, "drawing", drawing);
	}

	@Test
	void valuesOfAnInterfaceMayHaveAnyForm() {
		class Tools {

			@AgentTool
			Fault fault() {
				return new Fault(ShopCode.NO_STOCK, List.of(), Map.of(), HttpStatus.OK);
			}

			@AgentTool
			List<Amount> amounts() {
				return List.of(new Euros(5));
			}

			@AgentTool
			List<TemporalAccessor> times() {
				return List.of();
			}

			@AgentTool
			Either either() {
				return Word.YES;
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		for (Code code : List.of(ShopCode.NO_STOCK, new OtherCode("x", 1))) {
			assertWritten(actions, "fault", new Fault(code, List.of(code), Map.of("a", code), HttpStatus.NOT_FOUND));
		}
		assertWritten(actions, "amounts", List.of(new Euros(5)));
		assertWritten(actions, "times", List.of(LocalDate.EPOCH, Instant.EPOCH));
		assertWritten(actions, "either", Word.YES);
		assertWritten(actions, "either", new Count(1));
	}

	@Test
	void resultsOfAnInterfaceAreObjects() {
		class Tools {

			@AgentTool
			Code code() {
				return new OtherCode("x", 1);
			}

			@AgentTool
			Amount amount() {
				return new Amount() {

					@Override
					int cents() {
						return 1;
					}

				};
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertWritten(actions, "code", new OtherCode("x", 1));
		assertThat(Call.of(actions, "code").action().output())
			.isEqualTo(Map.of("type", "object", "properties", Map.of("code", Map.of("type", "string"))));
		assertThat(Call.of(actions, "amount").action().output()).isEqualTo(Map.of("type", "object"));
	}

	@Test
	void resultsOfASealedInterfaceOfRecordsAreObjects() {
		class Tools {

			@AgentTool
			Animal animal() {
				return new Cat("a");
			}

		}
		List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());
		assertWritten(actions, "animal", new Cat("a"));
		assertThat(Call.of(actions, "animal").action().output()).containsEntry("type", "object");
	}

	/** Both codecs bind a value that the schema allows. */
	private static void assertAccepted(List<Action> actions, String tool, Map<String, Object> arguments,
			@Nullable Object result) {
		Action action = Call.of(actions, tool).action();
		assertThat(schema(action.input()).validate(JSON.<JsonNode>valueToTree(arguments))).as(action.input().toString())
			.isEmpty();
		for (Codec codec : Call.codecs()) {
			Object value = Call.of(actions, tool).codec(codec).withArguments(arguments).value();
			if (result != null) {
				assertThat(value).isEqualTo(result);
			}
		}
	}

	/** A codec writes what the schema promises. */
	private static void assertWritten(List<Action> actions, String tool, Object result) {
		Action action = Call.of(actions, tool).action();
		for (Codec codec : Call.codecs()) {
			JsonNode sent = JSON.valueToTree(
					codec.decode(codec.encode(result, Objects.requireNonNull(action.resultType())), Object.class));
			assertThat(schema(action.output()).validate(sent)).as(action.output() + " " + sent).isEmpty();
		}
	}

	private static Schema schema(Map<String, Object> schema) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(schema));
	}

	record Filter(ObjectNode query) {

	}

	record Login(String user, @JsonProperty(access = JsonProperty.Access.WRITE_ONLY) String password) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind", visible = true)
	@JsonSubTypes({ @JsonSubTypes.Type(value = Plain.class, name = "plain"),
			@JsonSubTypes.Type(value = Aware.class, name = "aware") })
	interface Seen {

	}

	record Plain(int x) implements Seen {

	}

	record Aware(String kind, int y) implements Seen {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind", defaultImpl = Unknown.class)
	@JsonSubTypes(@JsonSubTypes.Type(value = Text.class, name = "text"))
	interface Message {

	}

	record Text(String text) implements Message {

	}

	record Unknown(int size) implements Message {

	}

	@JsonDeserialize(as = Square.class)
	interface Area {

	}

	record Square(int side) implements Area {

	}

	interface Place {

	}

	interface Mapped {

	}

	record Known(String name) implements Place, Mapped {

	}

	record Places(@JsonDeserialize(as = Known.class) Place one,
			@JsonDeserialize(contentAs = Known.class) List<Place> list) {

	}

	interface Figure {

	}

	record Dot(int x) implements Figure {

	}

	record Line(int length) implements Figure {

	}

	record Drawing(
			@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXTERNAL_PROPERTY,
					property = "shape") @JsonSubTypes(@JsonSubTypes.Type(value = Dot.class, name = "dot")) Figure first,
			@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXTERNAL_PROPERTY,
					property = "form") @JsonSubTypes(@JsonSubTypes.Type(value = Line.class,
							name = "line")) Figure second) {

	}

	interface Code {

		String getCode();

	}

	enum ShopCode implements Code {

		NO_STOCK;

		@Override
		public String getCode() {
			return "E1";
		}

	}

	record OtherCode(String code, int more) implements Code {

		@Override
		public String getCode() {
			return this.code;
		}

	}

	record Fault(Code code, List<Code> list, Map<String, Code> map, HttpStatusCode status) {

	}

	abstract static class Amount {

		abstract int cents();

	}

	static final class Euros extends Amount {

		private final int euros;

		Euros(int euros) {
			this.euros = euros;
		}

		@Override
		@JsonValue
		int cents() {
			return 100 * this.euros;
		}

	}

	sealed interface Either permits Word, Count {

	}

	enum Word implements Either {

		YES

	}

	record Count(int count) implements Either {

	}

	sealed interface Animal {

		String name();

	}

	record Cat(String name) implements Animal {

	}

	record Dog(String name, int age) implements Animal {

	}

}
