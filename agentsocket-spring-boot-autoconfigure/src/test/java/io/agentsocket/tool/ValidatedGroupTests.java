package io.agentsocket.tool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Payload;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Size;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.beanvalidation.MethodValidationInterceptor;
import org.springframework.validation.method.MethodValidationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Constraints that only the proxy of a bean checks, by the group that its
 * {@code @Validated} names.
 */
class ValidatedGroupTests {

	private static final Validator VALIDATOR = Validation.byDefaultProvider()
		.configure()
		.messageInterpolator(new ParameterMessageInterpolator())
		.buildValidatorFactory()
		.getValidator();

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whatTheProxyRefusesIsAViolationOfTheCaller(boolean adapted) {
		List<Action> actions = actions(adapted);
		refused(Call.of(actions, "create").with("name", "too long", "count", 7), "/name Size");
		refused(Call.of(actions, "create").with("name", "too long", "count", 1000), "/name Size", "/count Max");
		refused(Call.of(actions, "nested").with("parts", Map.of("a~b", Map.of("name", "too long")), "count", 1),
				"/parts/a~0b/name Size");
		refused(Call.of(actions, "book").with("span", Map.of("from", 2, "to", 1), "count", 1), "/span Ordered");
		assertThat(Call.of(actions, "create").with("name", "x", "count", 7).value()).isEqualTo("x");
	}

	@Test
	void whatTheToolItselfDoesWrongIsNot() {
		List<Action> actions = actions(false);
		for (String name : List.of("result", "other", "self")) {
			assertThatExceptionOfType(ConstraintViolationException.class)
				.isThrownBy(() -> Call.of(actions, name).with("name", "x").value());
		}
		assertThatExceptionOfType(MethodValidationException.class)
			.isThrownBy(() -> Call.of(actions(true), "result").with("name", "x").value());
	}

	private static void refused(Call call, String... violations) {
		ActionException error = catchThrowableOfType(ActionException.class, call::value);
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(error.violations().stream().map(ValidatedGroupTests::text)).containsExactlyInAnyOrder(violations);
	}

	private static String text(Violation violation) {
		return violation.pointer() + " " + violation.rule();
	}

	private static List<Action> actions(boolean adapted) {
		ProxyFactory factory = new ProxyFactory(new Tools());
		factory.setProxyTargetClass(true);
		factory.addAdvice(new MethodValidationInterceptor(() -> VALIDATOR, adapted));
		Tools proxy = (Tools) factory.getProxy();
		((Tools) target(factory)).self = proxy;
		return AgentTools.builder().validator(VALIDATOR).build().actionsOf(proxy);
	}

	private static Object target(ProxyFactory factory) {
		try {
			return java.util.Objects.requireNonNull(factory.getTargetSource().getTarget());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	interface Create {

	}

	@Target(ElementType.TYPE)
	@Retention(RetentionPolicy.RUNTIME)
	@Constraint(validatedBy = OrderedValidator.class)
	@interface Ordered {

		String message() default "must end after its begin";

		Class<?>[] groups() default {};

		Class<? extends Payload>[] payload() default {};

	}

	public static class OrderedValidator implements ConstraintValidator<Ordered, Span> {

		@Override
		public boolean isValid(Span span, ConstraintValidatorContext context) {
			return span.from() <= span.to();
		}

	}

	@Ordered(groups = Create.class)
	record Span(int from, int to) {
	}

	record Part(@Size(max = 3, groups = Create.class) String name) {
	}

	@Validated(Create.class)
	static class Tools {

		private Tools self = this;

		@AgentTool
		public String create(@Size(max = 3, groups = Create.class) String name,
				@Max(value = 900, groups = Create.class) int count) {
			return name;
		}

		@AgentTool
		public int nested(Map<String, @Valid Part> parts, int count) {
			return parts.size();
		}

		@AgentTool
		public int book(@Valid Span span, int count) {
			return span.to();
		}

		@AgentTool
		@Size(max = 0, groups = Create.class)
		public String result(@Size(max = 3, groups = Create.class) String name) {
			return name;
		}

		@AgentTool
		public String other(@Size(max = 3, groups = Create.class) String name) {
			return this.self.create("too long", 1);
		}

		@AgentTool
		public String self(@Size(max = 3, groups = Create.class) String name) {
			return this.self.self("too long");
		}

	}

}
