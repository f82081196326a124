package io.agentsocket.tool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.tool.schema.DataModel;
import jakarta.validation.Constraint;
import jakarta.validation.OverridesAttribute;
import jakarta.validation.Payload;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Digits;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Past;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import org.hibernate.validator.constraints.CompositionType;
import org.hibernate.validator.constraints.ConstraintComposition;
import org.hibernate.validator.constraints.Range;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Constraints that are composed, repeated, of a group or not expressible: what a schema
 * forbids is refused, and what it can say of a constraint it says.
 */
class ConstraintAgreementTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final List<Action> ACTIONS = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.build()
		.actionsOf(new Tools());

	/** Tool, value of its argument, whether it is accepted, whether the schema knows. */
	static Stream<Arguments> values() {
		return Stream.of(of("composed", "12345", true, true), of("composed", "1234", false, true),
				of("composed", "1234x", false, true), of("overridden", 5, true, true), of("overridden", 4, false, true),
				of("range", 3, true, true), of("range", 2, false, true), of("range", 8, false, true),
				of("either", "abc", true, true), of("either", "123456789", true, true),
				of("either", "12", false, false), of("grouped", "x", true, true), of("flags", "ABC", true, true),
				of("flags", "a1", false, false), of("inline", "ABC", true, true), of("inline", "a1", false, false),
				of("repeated", 5, true, true), of("repeated", 2, false, true),
				of("elements", List.of("12345"), true, true), of("elements", List.of("1"), false, true),
				of("keys", Map.of("12345", 1), true, true), of("keys", Map.of("1", 1), false, true),
				of("optional", "12345", true, true), of("optional", "1", false, true),
				of("component", Map.of("zip", "12345", "free", "x"), true, true),
				of("component", Map.of("zip", "1", "free", "x"), false, true),
				of("uncascaded", Map.of("zip", "12345", "free", "x"), true, true),
				of("uncascaded", Map.of("zip", "1", "free", "x"), false, true),
				of("uncascadedElements", List.of(Map.of("zip", "1", "free", "x")), false, true),
				of("uncascadedWithin", Map.of("address", Map.of("zip", "12345", "free", "x")), true, true),
				of("uncascadedWithin", Map.of("address", Map.of("zip", "1", "free", "x")), false, true),
				of("both", "ab", true, true), of("both", "  ", false, true));
	}

	/** Characters that Java counts twice, kinds of blanks, edges, other expressions. */
	static Stream<Arguments> differences() {
		String smile = "\uD83D\uDE00";
		return Stream.of(of("both", smile.repeat(2), true, true), of("both", smile, false, true),
				of("both", smile.repeat(3), false, false), of("nested", List.of(Map.of("name", smile)), false, true),
				of("nested", List.of(Map.of("name", smile.repeat(2))), true, true),
				of("nested", List.of(Map.of("name", smile.repeat(3))), false, false),
				of("key", Map.of(smile, 1), false, true), of("key", Map.of(smile.repeat(2), 1), true, true),
				of("text", "\u00a0", true, true), of("text", "\u0001", true, true), of("text", " \t\n", false, true),
				of("text", "\u3000", false, false), of("text", "\u3000x", true, true),
				of("exclusive", 1.5, false, true), of("exclusive", 1.5000001, true, true),
				of("exclusive", 3, false, true), of("positive", 0, false, true), of("positive", 1, true, true),
				of("digits", new BigDecimal("12.5"), true, true), of("digits", new BigDecimal("123.5"), false, false),
				of("mail", "A@X.Y", true, true), of("mail", "1@x.y", false, false),
				of("plainMail", "a@x.y", true, true), of("past", "2000-01-31", true, true),
				of("past", "9000-01-31", false, false), of("atomic", "ab", true, true),
				of("atomic", "abc", false, false), of("union", "B", true, true), of("union", "1", false, false),
				of("agreed", true, true, true), of("agreed", false, false, true), of("bytes", new byte[4], true, true),
				of("bytes", new byte[5], false, false), of("bytes", new byte[1], false, false),
				of("bytes", new byte[8], false, true),
				of("subtype", Map.of("kind", "circle", "name", "a"), false, true),
				of("subtype", Map.of("kind", "circle", "name", "ab"), true, true),
				of("subtypes", List.of(Map.of("kind", "circle", "name", "a")), false, true),
				of("boxes",
						Map.of("free", Map.of("content", Map.of("free", "x")), "named",
								Map.of("content", Map.of("name", "a"))),
						false, true),
				of("boxes",
						Map.of("free", Map.of("content", Map.of("free", "x")), "named",
								Map.of("content", Map.of("name", "ab"))),
						true, true),
				of("labels", Map.of("texts", Map.of("ab", "X 1")), true, true),
				of("labels", Map.of("texts", Map.of("AB", "X 1")), false, true),
				of("labels", Map.of("texts", Map.of("ab", "")), false, true), of("items", List.of(), false, true),
				of("entries", Map.of("a", 1, "b", 2), false, true));
	}

	@ParameterizedTest
	@MethodSource("differences")
	void schemaAndValidatorDifferNowhere(String tool, Object value, boolean accepted, boolean expressible) {
		schemaSaysWhatIsEnforced(tool, value, accepted, expressible);
	}

	@Test
	void longCharactersAreCountedAsTheMessageSays() {
		assertThat(Call.of(ACTIONS, "both").with("v", "\uD83D\uDE00".repeat(3)).violations()).singleElement()
			.satisfies(
					(violation) -> assertThat(violation.message()).endsWith("(a character above U+FFFF counts as 2)"));
		assertThat(Call.of(ACTIONS, "both").with("v", "abcde").violations()).singleElement()
			.satisfies((violation) -> assertThat(violation.message()).doesNotContain("counts as 2"));
		assertThat(Call.of(ACTIONS, "both").with("v", "\uD83D\uDE00").broken()).containsExactly("/v minLength");
		assertThat(Call.of(ACTIONS, "both")
			.codec(JacksonCodec.json())
			.withBytes("{\"v\":\"\\uD83D\\uDE00\"}".getBytes(StandardCharsets.UTF_8))
			.broken()).containsExactly("/v minLength");
	}

	private static Arguments of(String tool, Object value, boolean accepted, boolean expressible) {
		return Arguments.of(tool, value, accepted, expressible);
	}

	@ParameterizedTest
	@MethodSource("values")
	void schemaSaysWhatIsEnforced(String tool, Object value, boolean accepted, boolean expressible) {
		Action action = Call.of(ACTIONS, tool).action();
		JsonNode arguments = JSON.readTree(JSON.writeValueAsBytes(Map.of("v", value)));
		Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.<JsonNode>valueToTree(action.input()));
		boolean bound = true;
		try {
			Call.of(ACTIONS, tool).with("v", value).value();
		}
		catch (ActionException ex) {
			assertThat(ex.violations()).isNotEmpty();
			bound = false;
		}
		assertThat(bound).isEqualTo(accepted);
		boolean fits = schema.validate(DataModel.of(arguments)).isEmpty();
		assertThat(fits).as(action.input().toString()).isEqualTo(accepted || !expressible);
	}

	@Test
	void constraintsOfSubtypesPointToTheNameOnTheWire() {
		assertThat(Call.of(ACTIONS, "subtype").with("v", Map.of("kind", "circle", "name", "a")).broken())
			.containsExactly("/v/name Size");
	}

	@Test
	void itemsOfTheCallerAreHeldToConstraintsThatNoSchemaCanSay() {
		LocalDate day = LocalDate.of(2000, 1, 31);
		assertThat(Call.of(ACTIONS, "days").sending(Flux.just(new Day(day), new Day(day))).value()).isEqualTo(2L);
		Call call = Call.of(ACTIONS, "days").sending(Flux.just(new Day(day), new Day(LocalDate.of(9000, 1, 31))));
		assertThat(call.broken()).containsExactly("/at Past");
	}

	/** Nothing else checks what no {@code @Valid} leads to. */
	@Test
	void argumentsThatTakeTooMuchWorkAreNotAcceptedUnchecked() {
		assertThat(Call.of(ACTIONS, "booking").with("code", Map.of("text", "a-b", "guests", 9)).broken())
			.containsExactly("/code/guests maximum");
		assertThat(Call.of(ACTIONS, "booking").with("code", Map.of("text", "a".repeat(200_000), "guests", 9)).broken())
			.containsExactly(" pattern");
		assertThat(Call.of(ACTIONS, "booking").with("code", Map.of("text", "a-b", "guests", 8)).value()).isEqualTo(8);
	}

	@Test
	void expressionsWithFlagsAreNotPublishedOfComponentsEither() {
		Action action = Call.of(ACTIONS, "whole").action();
		assertThat(action.input().toString()).contains("format=email").doesNotContain("pattern");
		assertThat(Call.of(ACTIONS, "whole").with("mail", "A@X.Y").value()).isEqualTo("A@X.Y");
	}

	@Constraint(validatedBy = {})
	@Size(min = 5, max = 5)
	@Pattern(regexp = "[0-9]+")
	@Retention(RetentionPolicy.RUNTIME)
	@Target({ ElementType.PARAMETER, ElementType.FIELD, ElementType.TYPE_USE })
	@interface Zip {

		String message() default "is no zip code";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	@Constraint(validatedBy = {})
	@Min(0)
	@Retention(RetentionPolicy.RUNTIME)
	@Target({ ElementType.PARAMETER, ElementType.FIELD })
	@interface AtLeast {

		@OverridesAttribute(constraint = Min.class, name = "value")
		long number();

		String message() default "is too small";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	@Constraint(validatedBy = {})
	@ConstraintComposition(CompositionType.OR)
	@Pattern(regexp = "[a-z]+")
	@Size(min = 9)
	@Retention(RetentionPolicy.RUNTIME)
	@Target({ ElementType.PARAMETER, ElementType.FIELD })
	@interface Either {

		String message() default "is neither";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	interface Later {

	}

	record Address(@Zip String zip, @Size(min = 3, groups = Later.class) String free) {

	}

	record Code(@Pattern(regexp = "^(?:[a-z]|-)+$") String text, @Max(8) int guests) {

	}

	record Person(Address address) {

	}

	record Named(@Size(min = 2, max = 5) String name) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes(@JsonSubTypes.Type(value = Circle.class, name = "circle"))
	interface Shape {

	}

	record Circle(@JsonProperty("name") @Size(min = 2) String label) implements Shape {

	}

	record Day(@JsonProperty("at") @Past LocalDate date) {

	}

	/** A key has other constraints than its value. */
	static final class Labels {

		private Map<@Pattern(regexp = "[a-z]+") String, @NotEmpty String> texts = Map.of();

		public Map<@Pattern(regexp = "[a-z]+") String, @NotEmpty String> getTexts() {
			return this.texts;
		}

		public void setTexts(Map<@Pattern(regexp = "[a-z]+") String, @NotEmpty String> texts) {
			this.texts = texts;
		}

	}

	record Free(String free) {

	}

	record Box<T>(T content) {

	}

	record Boxes(Box<Free> free, Box<Named> named) {

	}

	record Mail(@Email(regexp = "[a-z]+@.*", flags = Pattern.Flag.CASE_INSENSITIVE) String mail) {

	}

	static class Tools {

		@AgentTool
		String uncascaded(@AgentParam("v") Address v) {
			return v.zip();
		}

		@AgentTool
		int uncascadedElements(List<Address> v) {
			return v.size();
		}

		@AgentTool
		String uncascadedWithin(@AgentParam("v") @Valid Person v) {
			return v.address().zip();
		}

		@AgentTool
		String composed(@AgentParam("v") @Zip String v) {
			return v;
		}

		@AgentTool
		int overridden(@AtLeast(number = 5) int v) {
			return v;
		}

		@AgentTool
		int range(@Range(min = 3, max = 7) int v) {
			return v;
		}

		@AgentTool
		String either(@Either String v) {
			return v;
		}

		@AgentTool
		String grouped(@Size(min = 3, groups = Later.class) String v) {
			return v;
		}

		@AgentTool
		String flags(@Pattern(regexp = "[a-z]+", flags = Pattern.Flag.CASE_INSENSITIVE) String v) {
			return v;
		}

		@AgentTool
		String inline(@Pattern(regexp = "(?i)[a-z]+") String v) {
			return v;
		}

		@AgentTool
		int repeated(@Min(1) @Min(3) @Max(9) int v) {
			return v;
		}

		@AgentTool
		List<String> elements(List<@Zip String> v) {
			return v;
		}

		@AgentTool
		Map<String, Integer> keys(@AgentParam("v") Map<@Zip String, Integer> v) {
			return v;
		}

		@AgentTool
		String optional(Optional<@Zip String> v) {
			return v.orElse("");
		}

		@AgentTool
		String component(@AgentParam("v") @Valid Address v) {
			return v.zip();
		}

		@AgentTool
		Shape subtype(@AgentParam("v") @Valid Shape v) {
			return v;
		}

		@AgentTool
		Mono<Long> days(Flux<Day> items) {
			return items.count();
		}

		@AgentTool
		int subtypes(List<Shape> v) {
			return v.size();
		}

		@AgentTool
		Boxes boxes(@AgentParam("v") Boxes v) {
			return v;
		}

		@AgentTool
		int nested(List<@Valid Named> v) {
			return v.size();
		}

		@AgentTool
		int key(@AgentParam("v") Map<@Size(min = 2, max = 5) String, Integer> v) {
			return v.size();
		}

		@AgentTool
		String text(@NotBlank String v) {
			return v;
		}

		@AgentTool
		double exclusive(
				@DecimalMin(value = "1.5", inclusive = false) @DecimalMax(value = "3", inclusive = false) double v) {
			return v;
		}

		@AgentTool
		int positive(@Positive @PositiveOrZero int v) {
			return v;
		}

		@AgentTool
		BigDecimal digits(@Digits(integer = 2, fraction = 1) BigDecimal v) {
			return v;
		}

		@AgentTool
		String mail(@Email(regexp = "[a-z]+@.*", flags = Pattern.Flag.CASE_INSENSITIVE) String v) {
			return v;
		}

		@AgentTool
		String plainMail(@Email String v) {
			return v;
		}

		@AgentTool
		LocalDate past(@Past LocalDate v) {
			return v;
		}

		@AgentTool
		String atomic(@Pattern(regexp = "(?>a|ab)b?") String v) {
			return v;
		}

		@AgentTool
		String union(@Pattern(regexp = "[a-z[A-Z]]") String v) {
			return v;
		}

		@AgentTool
		boolean agreed(@AssertTrue boolean v) {
			return v;
		}

		@AgentTool
		int booking(@AgentParam("code") Code code) {
			return code.guests();
		}

		@AgentTool
		int bytes(@Size(min = 2, max = 4) byte[] v) {
			return v.length;
		}

		@AgentTool
		int labels(@AgentParam("v") @Valid Labels v) {
			return v.getTexts().size();
		}

		@AgentTool
		int items(@NotEmpty List<Integer> v) {
			return v.size();
		}

		@AgentTool
		int entries(@AgentParam("v") @Size(max = 1) Map<String, Integer> v) {
			return v.size();
		}

		@AgentTool
		String whole(@Valid Mail v) {
			return v.mail();
		}

		@AgentTool
		String both(@NotBlank @Size(min = 2, max = 4) String v) {
			return v;
		}

	}

}
