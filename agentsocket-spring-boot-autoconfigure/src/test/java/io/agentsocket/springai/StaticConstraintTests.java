package io.agentsocket.springai;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Past;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.Size;
import jakarta.validation.constraintvalidation.SupportedValidationTarget;
import jakarta.validation.constraintvalidation.ValidationTarget;
import org.hibernate.validator.constraints.Length;
import org.hibernate.validator.constraints.Range;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Constraints on parameters of static methods: no validator looks at them.
 */
class StaticConstraintTests {

	private final AgentTools tools = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.build();

	private final ServedActions served = new ServedActions();

	@BeforeEach
	void read() {
		this.served.add(SpringAiActions.ofMethods(this.tools, new Holding()));
	}

	@AfterEach
	void close() {
		this.served.close();
	}

	private Object invoke(String action, String json) {
		return this.served.invoke(action, json);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			trip  | {"trip":{"to":"Ulm","on":"2999-01-01","days":1},"n":1}            | /trip/on
			trip  | {"trip":{"to":"even","on":"2000-01-01","days":1},"n":1}           | /trip
			trip  | {"trip":{"to":"Ulm","on":"2000-01-01","days":9},"n":1}            | /trip/days
			trips | {"trips":[{"to":"even","on":"2000-01-01","days":1}]}              | /trips/0
			trips | {"named":{"a":[{"to":"Ulm","on":"2999-01-01","days":1}]}}         | /named/a/0/on
			trips | {"dated":{"de-CH":{"to":"Ulm","on":"2999-01-01","days":1}}}       | /dated/de-CH/on
			trips | {"all":[{"to":"Ulm","on":"2999-01-01","days":1}]}                 | /all/0/on
			words | {"words":["a"," "]}                                               | /words/1
			words | {"words":["a","b","c"]}                                           | /words
			words | {"range":7}                                                       | /range
			words | {"code":"x1"}                                                     | /code
			""")
	void constraintsHold(String tool, String arguments, String pointer) {
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke(tool, arguments))
			.satisfies((ex) -> assertThat(ex.violations()).extracting(Violation::pointer).contains(pointer));
	}

	@Test
	void argumentsThatFitAreTaken() {
		String trip = "{\"to\":\"Ulm\",\"on\":\"2000-01-01\",\"days\":1}";
		assertThat(invoke("trip", "{\"trip\":%s,\"n\":1}".formatted(trip))).isEqualTo("Ulm");
		assertThat(invoke("trips", "{\"trips\":[%1$s],\"named\":{\"a\":[%1$s]},\"all\":[%1$s]}".formatted(trip)))
			.isEqualTo("trips");
		assertThat(invoke("words", "{\"words\":[\"a\",\"b\"],\"range\":3,\"code\":\"x\"}")).isEqualTo("words");
	}

	/** All mistakes at once. */
	@Test
	void constraintsThatNoSchemaSaysAreRefused() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> SpringAiActions.ofMethods(this.tools, new NotHolding()))
			.satisfies((ex) -> {
				assertThat(ex.problems()).extracting((problem) -> problem.problem().replaceAll(" is not .*", ""))
					.containsExactlyInAnyOrder("@Past", "@Odd", "@Email", "@Pattern", "@Length", "@Size", "@Past",
							"@NotBlank", "@Min", "@Agree", "@Min");
				assertThat(ex.problems()).allSatisfy((problem) -> assertThat(problem.action()).contains("@Valid"));
			});
		// Nothing is promised without a validator.
		assertThat(SpringAiActions.ofMethods(AgentTools.builder().build(), new NotHolding())).isNotEmpty();
	}

	/** Constrains a class or a parameter. */
	@Constraint(validatedBy = Odd.Validator.class)
	@Retention(RetentionPolicy.RUNTIME)
	@interface Odd {

		String message() default "is even";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

		class Validator implements ConstraintValidator<Odd, Object> {

			@Override
			public boolean isValid(Object value, ConstraintValidatorContext context) {
				return !value.toString().contains("even");
			}

		}

	}

	@Constraint(validatedBy = Agree.Validator.class)
	@Retention(RetentionPolicy.RUNTIME)
	@interface Agree {

		String message() default "differ";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

		@SupportedValidationTarget(ValidationTarget.PARAMETERS)
		class Validator implements ConstraintValidator<Agree, Object[]> {

			@Override
			public boolean isValid(Object[] value, ConstraintValidatorContext context) {
				return value[0].equals(value[1]);
			}

		}

	}

	@Pattern(regexp = "[a-z]")
	@NotNull
	@Constraint(validatedBy = {})
	@Retention(RetentionPolicy.RUNTIME)
	@interface Code {

		String message() default "is no code";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	@Odd
	record Trip(String to, @Past LocalDate on, @Max(5) int days) {

	}

	static class Holding {

		@Tool
		static String trip(@Valid Trip trip, @Positive int n) {
			return trip.to();
		}

		@Tool
		static String trips(@ToolParam(required = false) List<@Valid Trip> trips,
				@ToolParam(required = false) Map<String, List<@Valid Trip>> named,
				@ToolParam(required = false) Map<Locale, @Valid Trip> dated,
				@ToolParam(required = false) @Valid Trip[] all) {
			return "trips";
		}

		@Tool
		static String words(@Size(max = 2) @NotEmpty List<@NotBlank String> words, @Range(min = 1, max = 5) int range,
				@Code String code) {
			return "words";
		}

	}

	static class NotHolding {

		@Tool
		static void values(@Past LocalDate day, @Odd String odd, @Email String mail,
				@Pattern(regexp = "a", flags = Pattern.Flag.CASE_INSENSITIVE) String pattern,
				@Length(max = 2) String text, @Size(max = 2) byte[] bytes, List<@Past LocalDate> days,
				@ToolParam(required = false) @NotBlank String blank, @Min(2) String number) {
		}

		@Tool
		@Agree
		static void both(String a, String b) {
		}

		@Tool
		static void items(Flux<@Min(1) Integer> items) {
		}

		@Tool
		void instance(@Past LocalDate day, @Odd String odd) {
		}

	}

}
