package io.agentsocket.tool;

import java.math.BigDecimal;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Deadline;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import io.agentsocket.session.AgentSession;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.MethodParameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Binding and validation of arguments.
 */
class ArgumentTests {

	static List<Codec> codecs() {
		return Call.codecs();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void bindsByName(Codec codec) {
		Object value = Call.of(new Tools(), "many")
			.codec(codec)
			.with("day", "2026-02-01", "count", 3, "unit", "METRIC", "names", List.of("a", "b"), "at",
					"2026-02-01T10:00:00Z", "place", Map.of("city", "Bern", "position", Map.of("x", 1, "y", 2.5)),
					"weights", Map.of("a", 1.5), "price", 10.25, "flag", true)
			.value();
		assertThat(value).isEqualTo("3 METRIC [a, b] 2026-02-01 2026-02-01T10:00:00Z "
				+ "Place[city=Bern, position=Position[x=1, y=2.5], note=null] {a=1.5} 10.25 true");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void bindsARecordToAllArguments(Codec codec) {
		Object value = Call.of(new Tools(), "place")
			.codec(codec)
			.with("position", Map.of("x", 1, "y", 2), "city", "Bern")
			.value();
		assertThat(value).isEqualTo(new Place("Bern", new Position(1, 2), null));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void bindsABeanAndAMapToAllArguments(Codec codec) {
		assertThat(Call.of(new Tools(), "bean").codec(codec).with("title", "x").value()).isEqualTo("x");
		assertThat(Call.of(new Tools(), "map").codec(codec).with("a", 1, "b", "2").value())
			.isEqualTo(Map.of("a", 1, "b", "2"));
		assertThat(Call.of(new Tools(), "map").codec(codec).value()).isEqualTo(Map.of());
	}

	@Test
	void bindsAnnotatedRecordByName() {
		assertThat(Call.of(new Tools(), "named").with("where", Map.of("x", 1, "y", 2)).value())
			.isEqualTo(new Position(1, 2));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void bindsPolymorphicTypes(Codec codec) {
		assertThat(Call.of(new Tools(), "area")
			.codec(codec)
			.with("shape", Map.of("kind", "circle", "radius", 2), "scale", 2)
			.value()).isEqualTo("Circle[radius=2.0]2");
	}

	@Test
	void optionalArgumentsMayBeAbsentOrNull() {
		assertThat(Call.of(new Tools(), "optional").value())
			.isEqualTo("null Optional.empty OptionalInt.empty null 7 x [1, 2]");
		assertThat(Call.of(new Tools(), "optional").with("a", null, "b", null, "c", null, "d", null).value())
			.isEqualTo("null Optional.empty OptionalInt.empty null 7 x [1, 2]");
		assertThat(Call.of(new Tools(), "optional")
			.with("a", "1", "b", "2", "c", 3, "d", "4", "e", 5, "f", "6", "g", List.of(7))
			.value()).isEqualTo("1 Optional[2] OptionalInt[3] 4 5 6 [7]");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullIsNotTheDefault(Codec codec) {
		assertThat(Call.of(new Tools(), "optional").codec(codec).with("e", null, "g", null).broken())
			.containsExactlyInAnyOrder("/e type", "/g type");
	}

	@Test
	void mutableDefaultsAreNotShared() {
		Tools tools = new Tools();
		List<io.agentsocket.action.Action> actions = AgentTools.builder().build().actionsOf(tools);
		assertThat(Call.of(actions, "grow").value()).isEqualTo(2);
		assertThat(Call.of(actions, "grow").value()).isEqualTo(2);
	}

	@Test
	void constraintsOfElementsAloneAreChecked() {
		List<Violation> broken = validated("elements")
			.with("names", List.of("a", " "), "stops", Map.of("x", Map.of("the_city", "")))
			.violations();
		assertThat(broken).anyMatch((violation) -> violation.pointer().startsWith("/names/1"))
			.anyMatch((violation) -> violation.pointer().startsWith("/stops/x"));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersAreNotCutAndTextsAreNoNumbers(Codec codec) {
		assertThat(Call.of(new Tools(), "named").codec(codec).with("where", Map.of("x", "1", "y", 2)).violations())
			.isNotEmpty();
		assertThat(Call.of(new Tools(), "named").codec(codec).with("where", Map.of("x", 1.5, "y", 2)).violations())
			.isNotEmpty();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void reportsAllViolationsAtOnce(Codec codec) {
		List<String> broken = Call.of(new Tools(), "many")
			.codec(codec)
			.with("day", "tomorrow", "count", "x", "unit", "MILES", "names", List.of("a", List.of()), "place",
					Map.of("position", Map.of("x", "?")), "weights", Map.of("a/b", "heavy"), "price", "10.25", "flag",
					true, "extra", 1)
			.broken();
		assertThat(broken).containsExactlyInAnyOrder("/day format", "/count type", "/unit enum", "/names/1 type",
				"/at required", "/place/city required", "/place/position/x type", "/place/position/y required",
				"/weights/a~1b type", "/price type", "/extra additionalProperties");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void reportsAllViolationsOfARecord(Codec codec) {
		assertThat(Call.of(new Tools(), "place").codec(codec).with("position", Map.of("x", 1), "extra", 1).broken())
			.containsExactlyInAnyOrder("/city required", "/position/y required", "/extra additionalProperties");
		assertThat(Call.of(new Tools(), "place").codec(codec).broken()).containsExactlyInAnyOrder("/city required",
				"/position required");
	}

	@Test
	void rejectsUnknownArguments() {
		assertThat(Call.of(new Tools(), "nothing").with("a", 1).broken()).containsExactly("/a additionalProperties");
		assertThat(Call.of(new Tools(), "place")
			.with("city", "x", "position", Map.of("x", 1, "y", 2), "extra", 1)
			.broken()).containsExactly("/extra additionalProperties");
		assertThat(Call.of(new Tools(), "bean").with("title", "x", "extra", 1).broken())
			.containsExactly("/extra additionalProperties");
	}

	@Test
	void typesThatIgnoreUnknownPropertiesTakeThem() {
		Call call = Call.of(new Tools(), "tolerant").with("text", "x", "extra", 1);
		assertThat(call.value()).isEqualTo("x");
		assertThat(call.action().input()).doesNotContainKey("additionalProperties");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void rejectsUnknownPropertiesInNestedValues(Codec codec) {
		assertThat(Call.of(new Tools(), "named").codec(codec).with("where", Map.of("x", 1, "y", 2, "z", 3)).broken())
			.containsExactly("/where/z additionalProperties");
		assertThat(Call.of(new Tools(), "place")
			.codec(codec)
			.with("city", "Bern", "position", Map.of("x", 1, "y", 2, "X", 3))
			.broken()).containsExactly("/position/X additionalProperties");
		assertThat(Call.of(new Tools(), "area")
			.codec(codec)
			.with("shape", Map.of("kind", "circle", "radius", 2, "side", 1), "scale", 2)
			.broken()).containsExactly("/shape/side additionalProperties");
	}

	@Test
	void nullIsNotAValueForARequiredArgument() {
		assertThat(Call.of(new Tools(), "named").with("where", null).broken()).containsExactly("/where required");
		assertThat(Call.of(new Tools(), "place").with("city", null, "position", Map.of("x", 1, "y", 1)).broken())
			.containsExactly("/city required");
	}

	@Test
	void reportsArgumentsThatAreNoObject() {
		assertThat(Call.of(new Tools(), "named").withArguments(List.of(1)).broken()).containsExactly(" type");
		assertThat(Call.of(new Tools(), "place").withArguments("x").broken()).containsExactly(" type");
		assertThat(Call.of(new Tools(), "place").withBytes(new byte[] { (byte) 0xbf, 0x61 }).broken())
			.containsExactly(" encoding");
		assertThat(Call.of(new Tools(), "named").withBytes(new byte[] { (byte) 0xa0, 0x01 }).broken())
			.containsExactly(" encoding");
		assertThat(Call.of(new Tools(), "named").withBytes(new byte[] { (byte) 0xa1, 0x01, 0x01 }).broken())
			.as("a key that is no text")
			.containsExactly(" encoding");
	}

	@Test
	void aConstructorsMessageStaysInside() {
		Call call = Call.of(new Tools(), "picky").with("value", "secret");
		assertThat(call.broken()).containsExactly(" value");
		assertThat(call.violations().toString()).doesNotContain("secret", "password");
	}

	@Test
	void violationsFitIntoTheMetadataOfAFrame() {
		Map<String, Object> arguments = new java.util.HashMap<>();
		for (int i = 0; i < 1000; i++) {
			arguments.put("unknown-argument-" + i, i);
		}
		ActionException failure = org.assertj.core.api.Assertions.catchThrowableOfType(ActionException.class,
				() -> Call.of(new Tools(), "nothing").withArguments(arguments).value());
		assertThat(failure.getMessage()).contains("1000");
		assertThat(failure.violations()).hasSizeBetween(10, 60);
		assertThat(JacksonCodec.cbor().encode(failure.violations()).length()).isLessThan(4096);
	}

	@Test
	void reportsConstraintsWithPointersAndJsonNames() {
		assertThat(validated("constrained")
			.with("name", " ", "count", 11, "stops",
					List.of(Map.of("the_city", "", "position", Map.of("x", 1, "y", 2))), "tags",
					List.of("ok", "much-too-long"))
			.broken())
			.containsExactlyInAnyOrder("/name NotBlank", "/count Max", "/stops/0/the_city NotBlank", "/tags/1 Size");
	}

	@Test
	void reportsConstraintsTogetherWithWhatCannotBeBound() {
		assertThat(validated("constrained").with("name", " ", "count", 11, "stops", "x", "tags", List.of())
			.violations()
			.stream()
			.map(io.agentsocket.protocol.Violation::pointer)).containsExactlyInAnyOrder("/name", "/count", "/stops");
	}

	@Test
	void checksTheConstraintsOfARecordThatTakesAllArguments() {
		assertThat(validated("stop").with("the_city", "", "position", Map.of("x", 1, "y", 2)).broken())
			.containsExactly("/the_city NotBlank");
		assertThat(validated("stop").with("the_city", "a", "position", Map.of("x", 1, "y", 2)).value()).isEqualTo("a");
	}

	private static Call validated(String name) {
		Validator validator = Validation.byDefaultProvider()
			.configure()
			.messageInterpolator(new org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator())
			.buildValidatorFactory()
			.getValidator();
		return Call.of(AgentTools.builder().validator(validator).build().actionsOf(new Constrained()), name);
	}

	@Test
	void suppliesWhatIsNoArgument() {
		Principal ann = () -> "ann";
		Instant deadline = Instant.now().plusSeconds(60);
		Call call = Call.of(new Supplied(), "all").as(ann).until(deadline).with("text", "x");
		assertThat(call.value()).isEqualTo("ann " + deadline + " true true x");
		assertThat(call.action().input().toString()).contains("text")
			.doesNotContain("principal", "deadline", "session");
	}

	@Test
	void aMissingPrincipalIsNullOrAnError() {
		assertThat(Call.of(new Supplied(), "anonymous").value()).isEqualTo("null none");
		assertThatExceptionOfType(ActionException.class)
			.isThrownBy(() -> Call.of(new Supplied(), "all").with("text", "x").value())
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo(16));
	}

	@Test
	void ownResolversComeFirst() {
		ToolArgumentResolver resolver = new ToolArgumentResolver() {

			@Override
			public boolean supports(MethodParameter parameter) {
				return parameter.getParameterType() == Principal.class || parameter.getParameterType() == Tenant.class;
			}

			@Override
			public Object resolve(MethodParameter parameter, AgentExchange exchange) {
				return (parameter.getParameterType() == Tenant.class) ? new Tenant("t1") : (Principal) () -> "own";
			}

		};
		List<io.agentsocket.action.Action> actions = AgentTools.builder()
			.argumentResolvers(List.of(resolver))
			.build()
			.actionsOf(new Resolved());
		assertThat(Call.of(actions, "tenant").value()).isEqualTo("t1 own");
		assertThat(actions.get(0).input()).doesNotContainKey("required");
	}

	@Test
	void passesTheItemsOfTheCaller() {
		Call call = Call.of(new Inbound(), "sum").sending(Flux.just(1, 2, 3)).with("start", 10);
		assertThat(call.value()).isEqualTo(16);
		assertThat(call.action().items())
			.isEqualTo(Map.of("type", "integer", "minimum", Integer.MIN_VALUE, "maximum", Integer.MAX_VALUE));
		assertThat(call.action().input().toString()).doesNotContain("numbers");
		Call bytes = Call.of(new Inbound(), "size").sending(Flux.just(new byte[3], new byte[4]));
		assertThat(bytes.value()).isEqualTo(7);
	}

	@Test
	void namesFollowTheMapperOfTheCodec() {
		JsonMapper mapper = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
		List<io.agentsocket.action.Action> actions = AgentTools.builder().mapper(mapper).build().actionsOf(new Snake());
		Call call = Call.of(actions, "order").codec(JacksonCodec.json(mapper, 32));
		assertThat(call.with("item_count", 3).value()).isEqualTo(3);
		assertThat(call.action().input().toString()).contains("item_count");
		assertThat(call.with("itemCount", 3).broken()).containsExactlyInAnyOrder("/item_count required",
				"/itemCount additionalProperties");
	}

	enum Unit {

		METRIC, IMPERIAL

	}

	record Position(int x, double y) {

	}

	record Place(String city, Position position, @Nullable String note) {

	}

	record Stop(@JsonProperty("the_city") @NotBlank String city, @Valid Position position) {

	}

	record Picky(String value) {

		Picky {
			throw new IllegalArgumentException("password " + value);
		}

	}

	@JsonIgnoreProperties(ignoreUnknown = true)
	record Tolerant(String text) {

	}

	record Order(int itemCount) {

	}

	record Tenant(String id) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, name = "circle"),
			@JsonSubTypes.Type(value = Square.class, name = "square") })
	sealed interface Shape {

	}

	record Circle(double radius) implements Shape {

	}

	record Square(double side) implements Shape {

	}

	public static class Bean {

		private String title = "";

		public String getTitle() {
			return this.title;
		}

		public void setTitle(String title) {
			this.title = title;
		}

	}

	static class Tools {

		@AgentTool
		String many(int count, Unit unit, List<String> names, LocalDate day, Instant at, Place place,
				Map<String, Double> weights, BigDecimal price, boolean flag) {
			return count + " " + unit + " " + names + " " + day + " " + at + " " + place + " " + weights + " " + price
					+ " " + flag;
		}

		@AgentTool
		Place place(Place place) {
			return place;
		}

		@AgentTool
		String bean(Bean bean) {
			return bean.getTitle();
		}

		@AgentTool
		Map<String, Object> map(Map<String, Object> map) {
			return map;
		}

		@AgentTool
		Position named(@AgentParam("where") Position position) {
			return position;
		}

		@AgentTool
		String area(Shape shape, int scale) {
			return shape + "" + scale;
		}

		@AgentTool
		String optional(@Nullable String a, Optional<String> b, OptionalInt c, @AgentParam(required = false) String d,
				@AgentParam(defaultValue = "7") int e, @AgentParam(defaultValue = "x") String f,
				@AgentParam(defaultValue = "[1,2]") List<Integer> g) {
			return a + " " + b + " " + c + " " + d + " " + e + " " + f + " " + g;
		}

		@AgentTool
		int grow(@AgentParam(defaultValue = "[1]") List<Integer> list) {
			list.add(1);
			return list.size();
		}

		@AgentTool
		String picky(Picky picky) {
			return picky.value();
		}

		@AgentTool
		String tolerant(Tolerant tolerant) {
			return tolerant.text();
		}

		@AgentTool
		void nothing() {
		}

		@AgentTool
		String dates(LocalDateTime time, Duration duration) {
			return time + " " + duration;
		}

	}

	static class Constrained {

		@AgentTool
		String constrained(@NotBlank String name, @Min(1) @Max(10) int count, @NotNull @Valid List<Stop> stops,
				List<@Size(max = 3) String> tags) {
			return name;
		}

		@AgentTool
		String elements(List<@NotBlank String> names, Map<String, @Valid Stop> stops) {
			return "ran";
		}

		@AgentTool
		String stop(Stop stop) {
			return stop.city();
		}

	}

	static class Supplied {

		@AgentTool
		String all(Principal principal, Deadline deadline, AgentExchange exchange, AgentSession session, String text) {
			return principal.getName() + " " + deadline + " " + (exchange != null) + " " + (session != null) + " "
					+ text;
		}

		@AgentTool
		String anonymous(@Nullable Principal principal, Deadline deadline) {
			return principal + " " + deadline;
		}

	}

	static class Resolved {

		@AgentTool
		String tenant(Tenant tenant, Principal principal) {
			return tenant.id() + " " + principal.getName();
		}

	}

	static class Inbound {

		@AgentTool
		reactor.core.publisher.Mono<Integer> sum(@AgentParam int start, Flux<Integer> numbers) {
			return numbers.reduce(start, Integer::sum);
		}

		@AgentTool
		reactor.core.publisher.Mono<Integer> size(Flux<org.springframework.core.io.buffer.DataBuffer> buffers) {
			return buffers.map(org.springframework.core.io.buffer.DataBuffer::readableByteCount)
				.reduce(0, Integer::sum);
		}

	}

	static class Snake {

		@AgentTool
		int order(Order order) {
			return order.itemCount();
		}

	}

}
