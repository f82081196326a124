package io.agentsocket.tool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import jakarta.validation.Constraint;
import jakarta.validation.OverridesAttribute;
import jakarta.validation.Payload;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.hibernate.validator.constraints.CompositionType;
import org.hibernate.validator.constraints.ConstraintComposition;
import org.hibernate.validator.constraints.Range;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
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

	private static Arguments of(String tool, Object value, boolean accepted, boolean expressible) {
		return Arguments.of(tool, value, accepted, expressible);
	}

	@ParameterizedTest
	@MethodSource("values")
	void schemaSaysWhatIsEnforced(String tool, Object value, boolean accepted, boolean expressible) {
		Action action = Call.of(ACTIONS, tool).action();
		JsonNode arguments = JSON.valueToTree(Map.of("v", value));
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

	record Person(Address address) {

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
		String both(@NotBlank @Size(min = 2, max = 4) String v) {
			return v;
		}

	}

}
