package io.agentsocket.tool;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Values that types write in another form than Jackson reads by itself are read all the
 * same, and schemas say which properties must be there and which names a subtype has.
 */
class WrittenFormTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	enum Rate {

		LOW(1.5), HIGH(2);

		private final double rate;

		Rate(double rate) {
			this.rate = rate;
		}

		@JsonValue
		double rate() {
			return this.rate;
		}

	}

	enum Share {

		SMALL(0.25f), HALF(0.5f);

		private final float share;

		Share(float share) {
			this.share = share;
		}

		@JsonValue
		float share() {
			return this.share;
		}

	}

	enum Switch {

		ON, OFF;

		@JsonValue
		Boolean on() {
			return this == ON;
		}

	}

	enum Price {

		CHEAP, DEAR;

		@JsonValue
		BigDecimal price() {
			return (this == CHEAP) ? new BigDecimal("1.10") : new BigDecimal("100");
		}

	}

	record Enums(Rate rate, List<Share> shares, Map<String, Switch> switches, Optional<Price> price) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, names = { "circle", "round" }),
			@JsonSubTypes.Type(value = Square.class, name = "square") })
	interface Shape {

	}

	record Circle(int radius) implements Shape {

	}

	record Square(int side) implements Shape {

	}

	/** Read by way of a factory method. */
	record Made(int a, String b) {

		@JsonCreator
		static Made of(@JsonProperty("x") int x, @JsonProperty("y") String y, @JsonProperty("z") Optional<String> z) {
			return new Made(x, y + z.orElse(""));
		}

	}

	/** Read by way of another constructor. */
	@NullUnmarked
	record Shorter(int a, String b) {

		@JsonCreator
		Shorter(@JsonProperty("a") int a) {
			this(a, "b");
		}

	}

	static class Tools {

		@AgentTool
		Enums enums(@AgentParam("v") Enums value) {
			return value;
		}

		@AgentTool
		Rate rate(@AgentParam("v") Rate value) {
			return value;
		}

		@AgentTool
		Shape shape(@AgentParam("v") Shape value) {
			return value;
		}

		@AgentTool
		Made made(@AgentParam("v") Made value) {
			return value;
		}

		@AgentTool
		Shorter shorter(@AgentParam("v") Shorter value) {
			return value;
		}

	}

	private static Map<?, ?> schema(String name) {
		Map<?, ?> properties = (Map<?, ?>) Objects
			.requireNonNull(Call.of(ACTIONS, name).action().input().get("properties"));
		return (Map<?, ?>) properties.get("v");
	}

	static Stream<String> alike() {
		return Stream.of("enums", "rate", "shape");
	}

	@ParameterizedTest
	@MethodSource("alike")
	void schemaBindingAndResultsAgree(String name) {
		Map<String, List<?>> values = Map.of("enums",
				List.of(new Enums(Rate.LOW, List.of(Share.SMALL, Share.HALF), Map.of("a", Switch.ON, "b", Switch.OFF),
						Optional.of(Price.CHEAP)), new Enums(Rate.HIGH, List.of(), Map.of(), Optional.of(Price.DEAR))),
				"rate", List.of(Rate.LOW, Rate.HIGH), "shape", List.of(new Circle(1), new Square(2)));
		for (int round = 0; round < 4; round++) {
			ValueChecks.check(Call.of(ACTIONS, name).action(),
					(random) -> values.get(name).get(random.nextInt(values.get(name).size())), Call.codecs(),
					new Random(round));
		}
	}

	static List<Codec> codecs() {
		return Call.codecs();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void allNamesOfASubtypeArePublished(Codec codec) {
		assertThat(Call.of(ACTIONS, "shape").codec(codec).with("v", Map.of("kind", "round", "radius", 3)).value())
			.isEqualTo(new Circle(3));
		assertThat(schema("shape").toString()).contains("const=circle", "const=round", "const=square");
		assertThat(misfits("shape", codec, Map.of("kind", "round", "radius", "x"))).containsExactly("/v/radius type");
		assertThat(misfits("shape", codec, Map.of("kind", "oval", "radius", 1))).containsExactly("/v/kind enum");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void parametersOfACreatorAreRequired(Codec codec) {
		assertThat(Call.of(ACTIONS, "made").codec(codec).with("v", Map.of("x", 1, "y", "b")).value())
			.isEqualTo(new Made(1, "b"));
		assertThat(schema("made").get("required")).isEqualTo(List.of("x", "y"));
		assertThat(misfits("made", codec, Map.of())).containsExactly("/v/x required", "/v/y required");
		assertThat(schema("shorter").get("required")).isEqualTo(List.of("a"));
		assertThat(misfits("shorter", codec, Map.of())).containsExactly("/v/a required");
	}

	private static List<String> misfits(String name, Codec codec, Object value) {
		ActionException failure = catchThrowableOfType(ActionException.class,
				() -> Call.of(ACTIONS, name).codec(codec).with("v", value).value());
		return failure.violations().stream().map((Violation one) -> one.pointer() + " " + one.rule()).toList();
	}

	record Unreadable(int number) {

	}

	static class Wrong {

		@AgentTool
		String keys(Map<Unreadable, String> map, String more) {
			return more;
		}

		@AgentTool
		String elements(List<Map<Unreadable, String>> list, String more) {
			return more;
		}

		@AgentTool
		String small(@AgentParam(defaultValue = "0") @Min(1) int number) {
			return "" + number;
		}

		@AgentTool
		String large(@AgentParam(defaultValue = "[1, 2, 3]") @Size(max = 2) List<Integer> list, String more) {
			return more + list;
		}

		@AgentTool
		String fitting(@AgentParam(defaultValue = "5") @Min(1) @Max(5) int number,
				@AgentParam(defaultValue = "ab") @Size(min = 2) String text, @Min(1) int other) {
			return text + number + other;
		}

	}

	@Test
	void mistakesOfKeysAndDefaultsAreReportedAtTheStart() {
		try (ValidatorFactory factory = Validation.byDefaultProvider()
			.configure()
			.messageInterpolator(new ParameterMessageInterpolator())
			.buildValidatorFactory()) {
			Validator validator = factory.getValidator();
			InvalidToolsException failure = catchThrowableOfType(InvalidToolsException.class,
					() -> AgentTools.builder().validator(validator).build().actionsOf(new Wrong()));
			assertThat(failure.problems()).extracting(InvalidToolsException.Problem::problem)
				.satisfiesExactlyInAnyOrder((problem) -> assertThat(problem).contains("'map'", "Key deserializer"),
						(problem) -> assertThat(problem).contains("'list'", "Key deserializer"),
						(problem) -> assertThat(problem).contains("'number'", "its own constraint"),
						(problem) -> assertThat(problem).contains("'list'", "its own constraint"));
		}
	}

	record Place(@Size(min = 2) String city, @Valid @JsonUnwrapped(suffix = "Code") Code code) {

	}

	record Code(@JsonProperty("zip") @Min(1000) int number) {

	}

	record Visit(@Valid @JsonUnwrapped(prefix = "at-") Place place, @Valid Place next) {

	}

	static class Visits {

		@AgentTool
		String whole(Visit visit) {
			return "" + visit;
		}

		@AgentTool
		String named(@Valid @AgentParam("v") Visit visit) {
			return "" + visit;
		}

	}

	@ParameterizedTest
	@MethodSource("codecs")
	void violationsPointToUnwrappedPropertiesAsTheyAreSent(Codec codec) {
		try (ValidatorFactory factory = Validation.byDefaultProvider()
			.configure()
			.messageInterpolator(new ParameterMessageInterpolator())
			.buildValidatorFactory()) {
			List<Action> actions = AgentTools.builder()
				.executor(Runnable::run)
				.validator(factory.getValidator())
				.build()
				.actionsOf(new Visits());
			Map<String, Object> wrong = Map.of("at-city", "a", "at-zipCode", 5, "next",
					Map.of("city", "b", "zipCode", 7));
			assertThat(pointers(Call.of(actions, "whole").codec(codec).withArguments(wrong)))
				.containsExactlyInAnyOrder("/at-city", "/at-zipCode", "/next/city", "/next/zipCode");
			assertThat(pointers(Call.of(actions, "named").codec(codec).with("v", wrong)))
				.containsExactlyInAnyOrder("/v/at-city", "/v/at-zipCode", "/v/next/city", "/v/next/zipCode");
		}
	}

	private static List<String> pointers(Call call) {
		return catchThrowableOfType(ActionException.class, call::value).violations()
			.stream()
			.map(Violation::pointer)
			.toList();
	}

}
