package io.agentsocket.tool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.Violations;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import org.hibernate.validator.constraints.URL;
import org.hibernate.validator.constraints.UniqueElements;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.MethodParameter;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * Values for which a validator would need minutes or all of the heap. A validator matches
 * patterns in whatever time they take.
 */
class ConstraintWorkTests {

	private static final String ENDLESS = "^(.*a){12}$";

	private static final String COUNTRIES = "AD|AE|AF|AG|AI|AL|AM|AO|AQ|AR|AS|AT|AU|AW|AX|AZ|BA|BB|BD|BE|BF|BG|BH|BI"
			+ "|BJ|BL|BM|BN|BO|BQ|BR|BS|BT|BV|BW|BY|BZ|CA|CC|CD|CF|CG|CH|CI|CK|CL|CM|CN|CO|CR|CU|CV|CW|CX|CY|CZ|DE";

	private static final String MORE = COUNTRIES + "|" + COUNTRIES + "|" + COUNTRIES + "|" + COUNTRIES;

	private static final String WORDS = MORE + "|" + MORE + "|" + MORE + "|Pacific/Auckland";

	private static final String KEY = "k".repeat(400_000);

	private static final LocalValidatorFactoryBean VALIDATOR = new LocalValidatorFactoryBean();

	private static List<Action> actions;

	@BeforeAll
	static void start() {
		VALIDATOR.afterPropertiesSet();
		actions = AgentTools.builder().validator(VALIDATOR).build().actionsOf(new Tools());
	}

	@AfterAll
	static void stop() {
		VALIDATOR.close();
	}

	private static List<String> broken(Call call) {
		return assertTimeoutPreemptively(Await.LONG, call::broken);
	}

	@ParameterizedTest
	@ValueSource(strings = { "text", "element", "later", "mail", "url", "row" })
	void patternsOfConstraintsAreMatchedWithinABound(String tool) {
		String end = switch (tool) {
			case "mail" -> "@b.example!";
			default -> "!";
		};
		String begin = tool.equals("url") ? "http://" : "";
		Call call = Call.of(actions, tool);
		assertThat(broken(call.with("v", given(tool, begin + "a".repeat(33) + end)))).isNotEmpty();
		assertThat(call.with("v", given(tool, begin + "a".repeat(12) + end.replace("!", ""))).value()).isEqualTo(1);
	}

	private static Object given(String tool, String text) {
		return switch (tool) {
			case "element" -> List.of(text);
			case "row" -> Map.of("cell", text);
			default -> text;
		};
	}

	@Test
	void aPatternThatTakesTooMuchWorkIsToldAsSuch() {
		assertThat(broken(Call.of(actions, "text").with("v", "a".repeat(33) + "!"))).containsExactly(" pattern");
		assertThat(broken(Call.of(actions, "deep").with("v", "a".repeat(200_000) + "!"))).containsExactly(" pattern");
		assertThat(broken(Call.of(actions, "text").with("v", "b"))).containsExactly("/v Pattern");
		assertThat(broken(Call.of(actions, "items").sending(Flux.just(new Row("a".repeat(33) + "!")))))
			.containsExactly(" pattern");
	}

	/** Each of them needs no more than a match may have. */
	@Test
	void manyTextsShareTheWorkOfTheirPatterns() {
		List<String> costly = Collections.nCopies(3000, "a".repeat(25) + "!");
		assertThat(broken(Call.of(actions, "costly").with("v", costly))).containsExactly(" pattern");
		List<String> plain = Collections.nCopies(20_000, "DE");
		assertThat(Call.of(actions, "countries").with("v", plain).value()).isEqualTo(20_000);
	}

	/** A word is looked at once for each other one. */
	@Test
	void longListsOfWordsAreSensiblePatterns() {
		List<String> zones = Collections.nCopies(20_000, "Pacific/Auckland");
		assertThat(Call.of(actions, "words").with("v", zones).value()).isEqualTo(20_000);
		List<String> costly = Collections.nCopies(100_000, "a".repeat(33) + "!");
		assertThat(broken(Call.of(actions, "costlyWords").with("v", costly))).containsExactly(" pattern");
	}

	@Test
	void namesThatCallersChooseAreNotKept() throws Exception {
		Tools bean = new Tools();
		Method method = Tools.class.getDeclaredMethod("attributes", Attributes.class);
		JsonMapper mapper = JsonMapper.shared();
		BoundArgument argument = new BoundArgument(new MethodParameter(method, 0), "v",
				mapper.constructType(Attributes.class), true, null, null, false);
		BeanValidation validation = Objects
			.requireNonNull(BeanValidation.of(VALIDATOR, mapper, Tools.class, method, List.of(argument)));
		for (int i = 0; i < 1000; i++) {
			Violations violations = new Violations();
			Attributes attributes = new Attributes(Map.of("key" + i, "x"), 0);
			validation.check(new BeanMethod(bean, method), new Object[] { attributes }, () -> null, violations);
			assertThat(violations.list()).extracting(Violation::pointer)
				.containsExactlyInAnyOrder("/v/key" + i, "/v/size");
		}
		assertThat(validation.size()).isEqualTo(1);
	}

	@Test
	void equalElementsAreNotLookedForAmongThoseOfOneHash() {
		List<Map<String, Integer>> points = new ArrayList<>();
		for (int i = 0; i < 20_000; i++) {
			points.add(Map.of("x", i, "y", -31 * i));
		}
		assertThat(broken(Call.of(actions, "unique").with("v", points))).containsExactly(" uniqueItems");
		assertThat(Call.of(actions, "unique").with("v", points.subList(0, 400)).value()).isEqualTo(400);
	}

	/** Each mistake has a place of its own, and each place that key. */
	@ParameterizedTest
	@ValueSource(strings = { "numbers", "positive", "rows" })
	void aLongKeyIsNoPartOfEachMistake(String tool) {
		List<Object> wrong = Collections.nCopies(480,
				tool.equals("numbers") ? "x" : tool.equals("positive") ? 0 : Map.of("size", 0));
		ActionException misfit = assertTimeoutPreemptively(Await.LONG,
				() -> misfit(Call.of(actions, tool).with("v", Map.of(KEY, wrong))));
		assertThat(misfit.violations()).isNotEmpty()
			.allSatisfy((violation) -> assertThat(violation.pointer()).startsWith("/v/kkk").hasSizeLessThan(310))
			.extracting(Violation::message)
			.allSatisfy((message) -> assertThat(message).hasSizeLessThan(310));
	}

	private static ActionException misfit(Call call) {
		ActionException[] misfit = new ActionException[1];
		assertThatExceptionOfType(ActionException.class).isThrownBy(call::value).satisfies((ex) -> misfit[0] = ex);
		return misfit[0];
	}

	record Row(@Pattern(regexp = ENDLESS) String cell) {
	}

	@Target(ElementType.TYPE)
	@Retention(RetentionPolicy.RUNTIME)
	@Constraint(validatedBy = KnownKeysValidator.class)
	@interface KnownKeys {

		String message() default "unknown";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	public static class KnownKeysValidator implements ConstraintValidator<KnownKeys, Attributes> {

		@Override
		public boolean isValid(Attributes attributes, ConstraintValidatorContext context) {
			context.disableDefaultConstraintViolation();
			attributes.map()
				.keySet()
				.forEach((key) -> context.buildConstraintViolationWithTemplate("unknown")
					.addPropertyNode(key)
					.addConstraintViolation());
			return attributes.map().isEmpty();
		}

	}

	@KnownKeys
	record Attributes(Map<String, String> map, @Min(1) int size) {
	}

	record Sized(@Min(1) int size) {
	}

	record Point(int x, int y) {
	}

	static class Tools {

		@AgentTool
		int text(@AgentParam("v") @Pattern(regexp = ENDLESS) String v) {
			return 1;
		}

		@AgentTool
		int deep(@AgentParam("v") @Pattern(regexp = "^(a|b)*$") String v) {
			return 1;
		}

		@AgentTool
		int element(@AgentParam("v") List<@Pattern(regexp = ENDLESS) String> v) {
			return v.size();
		}

		@AgentTool
		Mono<Integer> later(@AgentParam("v") @Pattern(regexp = ENDLESS) String v) {
			return Mono.just(1);
		}

		@AgentTool
		int mail(@AgentParam("v") @Email(regexp = "^(.*a){12}@b.example$") String v) {
			return 1;
		}

		@AgentTool
		int url(@AgentParam("v") @URL(regexp = "^http://(.*a){12}$") String v) {
			return 1;
		}

		@AgentTool
		int row(@AgentParam("v") @Valid Row v) {
			return 1;
		}

		@AgentTool
		Mono<Long> items(Flux<Row> rows) {
			return rows.count();
		}

		@AgentTool
		int costly(@AgentParam("v") List<@Pattern(regexp = "(^(.*a){6}$)|(?s).*!$") String> v) {
			return v.size();
		}

		@AgentTool
		int countries(@AgentParam("v") List<@Pattern(regexp = COUNTRIES) String> v) {
			return v.size();
		}

		@AgentTool
		int words(@AgentParam("v") List<@Pattern(regexp = WORDS) String> v) {
			return v.size();
		}

		@AgentTool
		int costlyWords(@AgentParam("v") List<@Pattern(regexp = WORDS + "|(.*a){12}") String> v) {
			return v.size();
		}

		@AgentTool
		int attributes(@AgentParam("v") @Valid Attributes v) {
			return v.size();
		}

		@AgentTool
		int unique(@AgentParam("v") @UniqueElements List<Point> v) {
			return v.size();
		}

		@AgentTool
		int numbers(@AgentParam("v") Map<String, List<Integer>> v) {
			return v.size();
		}

		@AgentTool
		int positive(@AgentParam("v") Map<String, List<@Min(1) Integer>> v) {
			return v.size();
		}

		@AgentTool
		int rows(@AgentParam("v") Map<String, List<@Valid Sized>> v) {
			return v.size();
		}

	}

}
