package io.agentsocket.tool;

import java.math.RoundingMode;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonBackReference;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIdentityInfo;
import com.fasterxml.jackson.annotation.JsonManagedReference;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.ObjectIdGenerators;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.StdConverter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Forms that types and annotations of Jackson give to values: what fits the schema is
 * accepted, what does not is refused, and results fit theirs and are read.
 */
class DeclaredFormTests {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final Validator VALIDATOR = Validation.byDefaultProvider()
		.configure()
		.messageInterpolator(new org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator())
		.buildValidatorFactory()
		.getValidator();

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.validator(VALIDATOR)
		.build()
		.actionsOf(new Tools());

	static Stream<Arguments> forms() {
		return Stream
			.of(of("octet", List.of("127", "-128", "1.0"), "128", "200", "255", "-129"),
					of("octets", List.of("[127]"), "[200]"),
					of("date", List.of("'2026-02-28T00:00:00Z'"), "'2026-02-30T00:00:00Z'", "'2026-13-01T00:00:00Z'",
							"'2026-01-31T24:00:00Z'"),
					of("calendar", List.of("'2026-02-28T00:00:00Z'"), "'2026-02-30T00:00:00Z'"),
					of("instant", List.of("'2026-01-31T23:59:59Z'"), "'2026-01-31T24:00:00Z'"),
					of("timestamp", List.of("'2026-01-31T14:30:00Z'"), "5", "'2026-02-30T14:30:00Z'", "{}"),
					of("reference", List.of("'x'"), "5", "{}", "null"),
					of("sequence", List.of("{'all':['a']}"), "{'all':{}}", "{'all':[5]}"),
					of("number", List.of("5", "5.0", "5e0"), "5.5", "'5'", "1e30"),
					of("numbers", List.of("{'all':[5.0]}"), "{'all':[5.5]}"),
					of("others", List.of("{'id':1,'x':2}", "{'id':1}"), "{'id':1,'x':'y'}", "{'x':1}"),
					of("custom", List.of("{'c':'#1'}")), of("converted", List.of("{'c':'1-2'}")),
					of("convertedType", List.of("'1-2'")),
					of("days", List.of("{'list':['31.01.2026'],'map':{'a':'31.01.2026'},'maybe':null}"),
							"{'list':['2026-01-31'],'map':{},'maybe':null}"),
					of("texts", List.of("{'list':['7']}"), "{'list':[7]}"),
					of("flags", List.of("{'number':1,'text':'false'}"), "{'number':true,'text':'true'}",
							"{'number':2,'text':'true'}", "{'number':0,'text':true}"),
					of("seconds", List.of("{'number':90.5}", "{'number':5}")),
					of("anyCase", List.of("{'mode':'UP'}", "{'mode':'up'}")),
					of("needed", List.of("{'count':1,'text':'x'}", "{'count':1}", "{'count':1,'text':null}"), "{}",
							"{'text':'x'}", "{'count':null}"),
					of("fixed", List.of("{'a':1}"), "{'a':1,'id':'x'}"),
					of("constrained", List.of("{'text':'x','number':1}"), "{'text':null,'number':1}",
							"{'text':'x','number':null}", "{'text':' ','number':1}"),
					of("paired", List.of("['one',{'a':1}]"), "['one']", "['one',null]"),
					of("identified", List.of("{'id':1,'next':null}")),
					of("described", List.of("{'code':'ab','number':1.5,'days':['2026']}")),
					of("flagged", List.of("{'list':[1,0],'one':1.0}"), "{'list':[true],'one':1}", "{'list':[],'one':2}",
							"{'list':[],'one':0.99999999999999999999}"),
					of("digits", List.of("{'all':[1]}"), "{'all':['1']}"),
					of("parent", List.of("{'name':'x','children':[{'number':1}]}")),
					of("preset", List.of("'y'"), "null"))
			.flatMap((all) -> all);
	}

	private static Stream<Arguments> of(String name, List<String> fits, String... misfits) {
		return Call.codecs().stream().map((codec) -> Arguments.of(name, fits, List.of(misfits), codec));
	}

	@ParameterizedTest(name = "{0} {3}")
	@MethodSource("forms")
	void schemaBindingAndResultsAgree(String name, List<String> fits, List<String> misfits, Codec codec) {
		Action action = Call.of(ACTIONS, name).action();
		for (String fit : fits) {
			assertThat(errors(action.input(), arguments(fit))).as(fit).isEmpty();
			Object value = call(name, fit, codec).value();
			assertThat(value).as(fit).isNotNull();
			Bytes sent = codec.encode(value, action.resultType());
			String written = JSON.writeValueAsString(codec.<Object>decode(sent, Object.class));
			assertThat(errors(action.output(), written)).as(fit).isEmpty();
			Object read = codec.decode(sent, action.resultType());
			assertThat(String.valueOf(read)).isEqualTo(String.valueOf(value));
		}
		for (String misfit : misfits) {
			assertThat(call(name, misfit, codec).broken()).as(misfit)
				.isNotEmpty()
				.allMatch((violation) -> violation.startsWith("/v"));
		}
	}

	@Test
	void descriptionsAndContainersStay() {
		Action action = Call.of(ACTIONS, "described").action();
		for (Map<String, Object> schema : List.of(action.input(), action.output())) {
			assertThat(String.valueOf(schema)).contains("a code", "when", "years", "array");
		}
	}

	private static Call call(String name, String json, Codec codec) {
		return Call.of(ACTIONS, name).codec(codec).withBytes(ValueChecks.bytes(codec, arguments(json)));
	}

	private static String arguments(String json) {
		return "{\"v\":" + json.replace('\'', '"') + "}";
	}

	private static List<?> errors(@Nullable Map<String, Object> schema, String json) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(schema))
			.validate(JSON.readTree(json),
					(context) -> context.executionConfig((config) -> config.formatAssertionsEnabled(true)));
	}

	record Sequence(Iterable<String> all) {

	}

	record OrderNumber(@JsonValue long value) {

	}

	record OrderNumbers(List<OrderNumber> all) {

	}

	record Others(int id, @JsonAnySetter @JsonAnyGetter Map<String, Integer> more) {

	}

	static final class Writer extends ValueSerializer<Long> {

		@Override
		public void serialize(Long value, JsonGenerator generator, SerializationContext context) {
			generator.writeString("#" + value);
		}

	}

	static final class Reader extends ValueDeserializer<Long> {

		@Override
		public Long deserialize(JsonParser parser, DeserializationContext context) {
			return Long.valueOf(parser.getString().substring(1));
		}

	}

	record Custom(@JsonSerialize(using = Writer.class) @JsonDeserialize(using = Reader.class) Long c) {

	}

	record Point(int x, int y) {

	}

	static final class ToText extends StdConverter<Point, String> {

		@Override
		public String convert(Point point) {
			return point.x() + "-" + point.y();
		}

	}

	static final class FromText extends StdConverter<String, Point> {

		@Override
		public Point convert(String text) {
			String[] parts = text.split("-");
			return new Point(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
		}

	}

	record Converted(@JsonSerialize(converter = ToText.class) @JsonDeserialize(converter = FromText.class) Point c) {

	}

	static final class PlaceToText extends StdConverter<Place, String> {

		@Override
		public String convert(Place place) {
			return place.x() + "-" + place.y();
		}

	}

	static final class PlaceFromText extends StdConverter<String, Place> {

		@Override
		public Place convert(String text) {
			String[] parts = text.split("-");
			return new Place(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
		}

	}

	@JsonSerialize(converter = PlaceToText.class)
	@JsonDeserialize(converter = PlaceFromText.class)
	record Place(int x, int y) {

	}

	record Days(@JsonFormat(pattern = "dd.MM.yyyy") List<LocalDate> list,
			@JsonFormat(pattern = "dd.MM.yyyy") Map<String, LocalDate> map,
			@JsonFormat(pattern = "dd.MM.yyyy") Optional<LocalDate> maybe) {

	}

	record Texts(@JsonFormat(shape = JsonFormat.Shape.STRING) List<Integer> list) {

	}

	record Flags(@JsonFormat(shape = JsonFormat.Shape.NUMBER) boolean number,
			@JsonFormat(shape = JsonFormat.Shape.STRING) boolean text) {

	}

	record Seconds(@JsonFormat(shape = JsonFormat.Shape.NUMBER) Duration number) {

	}

	record Described(@AgentParam(description = "a code") @JsonDeserialize(using = Trimmed.class) String code,
			@AgentParam(description = "when") @JsonFormat(shape = JsonFormat.Shape.NUMBER) Instant number,
			@AgentParam(description = "years") @JsonDeserialize(contentUsing = Trimmed.class) List<String> days) {

	}

	static final class Trimmed extends ValueDeserializer<String> {

		@Override
		public String deserialize(JsonParser parser, DeserializationContext context) {
			return parser.getString().strip();
		}

	}

	record Flagged(@JsonFormat(shape = JsonFormat.Shape.NUMBER) List<Boolean> list,
			@JsonFormat(shape = JsonFormat.Shape.NUMBER) boolean one) {

	}

	record Digits(@JsonFormat(shape = JsonFormat.Shape.STRING) int[] all) {

		@Override
		public String toString() {
			return Arrays.toString(this.all);
		}

	}

	record AnyCase(@JsonFormat(with = JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_VALUES) RoundingMode mode) {

	}

	@NullUnmarked
	static final class Needed {

		private final int count;

		private final String text;

		@JsonCreator
		Needed(@JsonProperty("count") int count, @JsonProperty("text") String text) {
			this.count = count;
			this.text = text;
		}

		public int getCount() {
			return this.count;
		}

		public String getText() {
			return this.text;
		}

		@Override
		public String toString() {
			return this.count + this.text;
		}

	}

	static final class Fixed {

		public int a;

		private final String id = "x";

		public String getId() {
			return this.id;
		}

		@Override
		public String toString() {
			return this.id + this.a;
		}

	}

	@NullUnmarked
	static final class Constrained {

		@NotBlank
		public String text;

		private Integer number;

		@NotNull
		public Integer getNumber() {
			return this.number;
		}

		public void setNumber(Integer number) {
			this.number = number;
		}

		@Override
		public String toString() {
			return this.text + this.number;
		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_ARRAY)
	@JsonSubTypes(@JsonSubTypes.Type(value = One.class, name = "one"))
	interface Paired {

	}

	record One(int a) implements Paired {

	}

	@JsonIdentityInfo(generator = ObjectIdGenerators.PropertyGenerator.class, property = "id")
	static final class Identified {

		public int id;

		public @Nullable Identified next;

		@Override
		public String toString() {
			return "" + this.id;
		}

	}

	static final class Parent {

		public String name = "";

		@JsonManagedReference
		public List<Child> children = List.of();

		@Override
		public String toString() {
			return this.name + this.children;
		}

	}

	static final class Child {

		public int number;

		@JsonBackReference
		public @Nullable Parent parent;

		@Override
		public String toString() {
			return this.number + " of " + ((this.parent != null) ? this.parent.name : "nobody");
		}

	}

	static class Tools {

		// @formatter:off
		@AgentTool byte octet(@AgentParam("v") byte v) { return v; }
		@AgentTool List<Byte> octets(@AgentParam("v") List<Byte> v) { return v; }
		@AgentTool Date date(@AgentParam("v") Date v) { return v; }
		@AgentTool Calendar calendar(@AgentParam("v") Calendar v) { return v; }
		@AgentTool Instant instant(@AgentParam("v") Instant v) { return v; }
		@AgentTool Timestamp timestamp(@AgentParam("v") Timestamp v) { return v; }
		@AgentTool AtomicReference<String> reference(@AgentParam("v") AtomicReference<String> v) { return v; }
		@AgentTool Sequence sequence(@AgentParam("v") Sequence v) { return v; }
		@AgentTool OrderNumber number(@AgentParam("v") OrderNumber v) { return v; }
		@AgentTool OrderNumbers numbers(@AgentParam("v") OrderNumbers v) { return v; }
		@AgentTool Others others(@AgentParam("v") Others v) { return v; }
		@AgentTool Custom custom(@AgentParam("v") Custom v) { return v; }
		@AgentTool Converted converted(@AgentParam("v") Converted v) { return v; }
		@AgentTool Place convertedType(@AgentParam("v") Place v) { return v; }
		@AgentTool Days days(@AgentParam("v") Days v) { return v; }
		@AgentTool Texts texts(@AgentParam("v") Texts v) { return v; }
		@AgentTool Flags flags(@AgentParam("v") Flags v) { return v; }
		@AgentTool Described described(@AgentParam("v") Described v) { return v; }
		@AgentTool Flagged flagged(@AgentParam("v") Flagged v) { return v; }
		@AgentTool Digits digits(@AgentParam("v") Digits v) { return v; }
		@AgentTool Seconds seconds(@AgentParam("v") Seconds v) { return v; }
		@AgentTool AnyCase anyCase(@AgentParam("v") AnyCase v) { return v; }
		@AgentTool Needed needed(@AgentParam("v") Needed v) { return v; }
		@AgentTool Fixed fixed(@AgentParam("v") Fixed v) { return v; }
		@AgentTool Constrained constrained(@AgentParam("v") @Valid Constrained v) { return v; }
		@AgentTool Paired paired(@AgentParam("v") Paired v) { return v; }
		@AgentTool Identified identified(@AgentParam("v") Identified v) { return v; }
		@AgentTool Parent parent(@AgentParam("v") Parent v) { return v; }
		@AgentTool Optional<String> preset(@AgentParam(value = "v", defaultValue = "x") Optional<String> v) { return v; }
		// @formatter:on

	}

}
