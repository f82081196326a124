package io.agentsocket.tool;

import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values that fit and values that do not, rule by rule. {@link ValuePropertyTests} tries
 * the same with types and values that nobody wrote.
 */
class FittingTests {

	private static final Validator VALIDATOR = Validation.byDefaultProvider()
		.configure()
		.messageInterpolator(new org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator())
		.buildValidatorFactory()
		.getValidator();

	private final List<Action> actions = AgentTools.builder().validator(VALIDATOR).build().actionsOf(new Tools());

	static List<Codec> codecs() {
		return Call.codecs();
	}

	private Call call(String name, Codec codec) {
		return Call.of(this.actions, name).codec(codec);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersAndBooleansAreNoTexts(Codec codec) {
		for (Object misfit : List.of(5, 1.5, true)) {
			assertThat(call("text", codec).with("t", misfit, "ts", List.of()).broken()).containsExactly("/t type");
			assertThat(call("text", codec).with("t", "x", "ts", List.of("x", misfit)).broken())
				.containsExactly("/ts/1 type");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void integersMayHaveAFractionOfZero(Codec codec) {
		assertThat(call("numbers", codec).with("i", 2.0, "l", 1.0, "s", 3.0, "b", -0.0, "big", 1e20).value())
			.isEqualTo("2 1 3 0 100000000000000000000");
		assertThat(call("numbers", codec).with("i", 2.5, "l", 1e30, "s", 70_000.0, "b", "x", "big", 1.5).broken())
			.containsExactlyInAnyOrder("/i type", "/l maximum", "/s maximum", "/b type", "/big type");
		assertThat(call("ints", codec).with("xs", List.of(1, 2.0, 3)).value()).isEqualTo("[1, 2, 3]");
		assertThat(call("ints", codec).with("xs", List.of(1, 2.5)).broken()).containsExactly("/xs/1 type");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void boundsOfIntegersArePublished(Codec codec) {
		assertThat(call("numbers", codec)
			.with("i", 2_147_483_648L, "l", BigInteger.ONE.shiftLeft(63), "s", -40_000, "b", 128, "big",
					BigInteger.ONE.shiftLeft(90))
			.broken()).containsExactlyInAnyOrder("/i maximum", "/l maximum", "/s minimum", "/b maximum");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersBeyondAFloatAreRefused(Codec codec) {
		assertThat(call("floats", codec).with("f", 1e300, "d", 1).broken()).containsExactly("/f range");
		assertThat(call("floats", codec).with("f", "NaN", "d", "-INF").broken()).containsExactlyInAnyOrder("/f type",
				"/d type");
		if (codec.name().equals("json")) {
			assertThat(call("floats", codec).withBytes(Bytes.utf8("{\"f\":1,\"d\":1E+400}").toArray()).broken())
				.containsExactly("/d range");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullIsNoElement(Codec codec) {
		assertThat(call("elements", codec).with("xs", Arrays.asList(1, null), "m", Map.of(), "a", List.of()).broken())
			.containsExactly("/xs/1 type");
		assertThat(call("elements", codec)
			.with("xs", List.of(), "m", Collections.singletonMap("k", null), "a", Arrays.asList("x", null))
			.broken()).containsExactlyInAnyOrder("/m/k type", "/a/1 type");
		assertThat(
				call("nullable", codec).with("xs", Arrays.asList(1, null), "any", Collections.singletonMap("k", null))
					.value())
			.isEqualTo("[1, null] {k=null}");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void enumsHaveNoPositions(Codec codec) {
		assertThat(call("level", codec).with("level", 0).broken()).contains("/level type");
		assertThat(call("level", codec).with("level", "0").broken()).containsExactly("/level enum");
		assertThat(call("level", codec).with("level", "low").value()).isEqualTo("LOW");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void theAlternativeThatAValueNamesIsMeant(Codec codec) {
		assertThat(call("shape", codec).with("shape", Map.of("kind", "circle", "radius", "x")).broken())
			.containsExactly("/shape/radius type");
		assertThat(call("shape", codec).with("shape", Map.of("kind", "circle")).broken())
			.containsExactly("/shape/radius required");
		assertThat(call("shape", codec).with("shape", Map.of("kind", "blob", "radius", 1)).broken())
			.containsExactly("/shape/kind enum");
		assertThat(call("shape", codec).with("shape", Map.of("radius", 1)).broken())
			.containsExactly("/shape/kind required");
		assertThat(call("shape", codec).with("shape", 7).broken()).containsExactly("/shape type");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void addressesAreAddresses(Codec codec) {
		assertThat(call("mail", codec).with("to", "a@b.example", "count", 1).value()).isEqualTo("a@b.example");
		assertThat(call("mail", codec).with("to", "a@b.example", "count", "x").broken()).containsExactly("/count type");
		assertThat(call("mail", codec).with("to", "nobody", "count", 1).broken()).containsExactly("/to Email");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void formatsOfPropertiesArePublished(Codec codec) {
		Call call = call("formatted", codec);
		assertThat(call.with("day", "31.01.2026", "count", "7").value())
			.isEqualTo(new Formatted(LocalDate.of(2026, 1, 31), 7));
		assertThat(call.with("day", "2026-01-31", "count", 7).broken()).containsExactlyInAnyOrder("/day format",
				"/count type");
		assertThat(call.action().input().toString()).contains("examples=[31.01.2026]").doesNotContain("format=date");
		assertThat(call.action().output().toString()).contains("count={type=string");
	}

	@Test
	void schemasOfOptionalsAreThoseOfTheirValues() {
		for (Object schema : List.of(call("maybe", codecs().get(0)).action().input(),
				call("maybe", codecs().get(0)).action().output())) {
			assertThat(schema.toString()).contains("city", "null");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void constraintsOfElementsArePublishedAndChecked(Codec codec) {
		Call call = call("constrained", codec);
		assertThat(call.action().input().toString()).contains("items={type=integer, maximum=2147483647, minimum=2}",
				"minLength=1", "maxLength=3", "maximum=9", "propertyNames={maxLength=4}");
		assertThat(call
			.with("numbers", List.of(1), "maybe", 10, "names", Map.of("a", "long"), "keys", Map.of("12345", 1), "stops",
					List.of(Map.of("city", "")))
			.violations()
			.stream()
			.map((violation) -> violation.pointer().replaceAll("/<.*", "")))
			.contains("/numbers/0", "/maybe", "/names/a", "/stops/0/city");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void optionalComponentsThatAreNullFitTheSchemaOfResults(Codec codec) {
		Action action = call("sparse", codec).action();
		assertThat(action.output().toString()).contains("note={type=[string, null]}");
		assertThat(codec.decodeMap(codec.encode(new Sparse(null, 1), action.resultType()))).containsEntry("note", null);
	}

	@Test
	void resultsAreDeclared() {
		for (String name : List.of("shapes", "shapesLater", "shapeStream", "shapeMap")) {
			Action action = Call.of(this.actions, name).action();
			Object value = Call.of(this.actions, name).flux().blockFirst(Call.TIMEOUT);
			for (Codec codec : codecs()) {
				Object plain = codec.decode(codec.encode(value, action.resultType()), Object.class);
				assertThat(plain.toString()).as(name).contains("kind=circle");
			}
		}
	}

	@Test
	void modulesOfTheApplicationDecide() {
		SimpleModule module = new SimpleModule("ids").addSerializer(Id.class, ToStringSerializer.instance)
			.addDeserializer(Id.class, new tools.jackson.databind.deser.std.StdDeserializer<>(Id.class) {

				@Override
				public Id deserialize(tools.jackson.core.JsonParser parser,
						tools.jackson.databind.DeserializationContext context) {
					return new Id(Integer.parseInt(parser.getString().substring(1)));
				}

			})
			.addSerializer(Long.class, ToStringSerializer.instance);
		JsonMapper mapper = JsonMapper.builder().addModule(module).build();
		List<Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Own());
		Call call = Call.of(actions, "next").codec(JacksonCodec.json(mapper, 32)).with("id", "#4");
		assertThat(call.value()).isEqualTo(new Id(5));
		assertThat(call.action().input().toString()).contains("id={type=string}");
		assertThat(call.action().output()).isEqualTo(Map.of("type", "string"));
		assertThat(Call.of(actions, "count").action().output()).isEqualTo(Map.of("type", "string"));
	}

	enum Level {

		LOW, HIGH;

		@JsonValue
		String text() {
			return name().toLowerCase(java.util.Locale.ROOT);
		}

	}

	record Formatted(@JsonFormat(pattern = "dd.MM.yyyy") LocalDate day,
			@JsonFormat(shape = JsonFormat.Shape.STRING) int count) {

	}

	record Place(String city) {

	}

	record Stop(@NotBlank String city) {

	}

	record Sparse(@AgentParam(required = false) String note, int count) {

	}

	record Id(int number) {

		@Override
		public String toString() {
			return "#" + this.number;
		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, name = "circle"),
			@JsonSubTypes.Type(value = Box.class, name = "box") })
	sealed interface Shape {

	}

	record Circle(double radius) implements Shape {

	}

	record Box(double side, String label) implements Shape {

	}

	static class Tools {

		@AgentTool
		String text(String t, List<String> ts) {
			return t + ts;
		}

		@AgentTool
		String numbers(int i, Long l, short s, Byte b, BigInteger big) {
			return i + " " + l + " " + s + " " + b + " " + big;
		}

		@AgentTool
		String ints(@AgentParam int[] xs) {
			return Arrays.toString(xs);
		}

		@AgentTool
		String floats(float f, Double d) {
			return f + " " + d;
		}

		@AgentTool
		String elements(List<Integer> xs, Map<String, Integer> m, String[] a) {
			return xs.toString();
		}

		@AgentTool
		String nullable(List<@Nullable Integer> xs, Map<String, Object> any) {
			return xs + " " + any;
		}

		@AgentTool
		String level(Level level) {
			return level.name();
		}

		@AgentTool
		String shape(@AgentParam Shape shape) {
			return shape.toString();
		}

		@AgentTool
		String mail(@Email String to, int count) {
			return to;
		}

		@AgentTool
		Formatted formatted(Formatted formatted) {
			return formatted;
		}

		@AgentTool
		Optional<Place> maybe(Optional<Place> place, Optional<List<Place>> places) {
			return place;
		}

		@AgentTool
		String constrained(List<@Min(2) Integer> numbers, Optional<@Max(9) Integer> maybe,
				Map<String, @NotBlank @Size(max = 3) String> names, Map<@Size(max = 4) String, Integer> keys,
				List<@Valid Stop> stops) {
			return "ran";
		}

		@AgentTool
		Sparse sparse() {
			return new Sparse(null, 1);
		}

		@AgentTool
		List<Shape> shapes() {
			return List.of(new Circle(1));
		}

		@AgentTool
		Mono<List<Shape>> shapesLater() {
			return Mono.just(shapes());
		}

		@AgentTool
		Flux<Shape> shapeStream() {
			return Flux.fromIterable(shapes());
		}

		@AgentTool
		Map<String, Shape> shapeMap() {
			return Map.of("a", new Circle(1));
		}

	}

	static class Own {

		@AgentTool
		Id next(@AgentParam Id id) {
			return new Id(id.number() + 1);
		}

		@AgentTool
		Long count() {
			return 1L;
		}

	}

}
