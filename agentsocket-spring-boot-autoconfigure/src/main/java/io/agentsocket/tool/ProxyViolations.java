package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import org.jspecify.annotations.Nullable;

import org.springframework.context.MessageSourceResolvable;
import org.springframework.validation.ObjectError;
import org.springframework.validation.method.MethodValidationException;
import org.springframework.validation.method.ParameterValidationResult;

/**
 * Violations that the proxy of a bean has found in the arguments of a call, such as by a
 * group of its {@code @Validated}.
 */
final class ProxyViolations {

	private ProxyViolations() {
	}

	/**
	 * The violations that an exception is about.
	 * @param failure what the call of a method threw
	 * @param method the method
	 * @param values its parameters in this call
	 * @return the violations; none when it is about anything else as well, such as a
	 * result, another call or what another validator has found
	 */
	static List<ConstraintViolation<?>> of(RuntimeException failure, Method method, @Nullable Object[] values) {
		List<ConstraintViolation<?>> found = new ArrayList<>();
		if (failure instanceof ConstraintViolationException invalid && invalid.getConstraintViolations() != null) {
			found.addAll(invalid.getConstraintViolations());
		}
		else if (failure instanceof MethodValidationException invalid && !invalid.isForReturnValue()) {
			try {
				invalid.getParameterValidationResults().forEach((result) -> found.addAll(violations(result)));
			}
			catch (IllegalArgumentException | ClassCastException ex) {
				return List.of();
			}
		}
		return found.stream().allMatch((violation) -> isOf(violation, method, values)) ? found : List.of();
	}

	private static Collection<ConstraintViolation<?>> violations(ParameterValidationResult result) {
		List<ConstraintViolation<?>> violations = new ArrayList<>();
		for (MessageSourceResolvable error : result.getResolvableErrors()) {
			// The result takes each error of a bean for one of a field.
			violations.add((error instanceof ObjectError own) ? own.unwrap(ConstraintViolation.class)
					: result.unwrap(error, ConstraintViolation.class));
		}
		return violations;
	}

	private static boolean isOf(ConstraintViolation<?> violation, Method method, @Nullable Object[] values) {
		Iterator<Path.Node> path = violation.getPropertyPath().iterator();
		Path.Node called = path.hasNext() ? path.next() : null;
		return called != null && called.getKind() == ElementKind.METHOD && method.getName().equals(called.getName())
				&& path.hasNext() && path.next().getKind() == ElementKind.PARAMETER
				&& method.getDeclaringClass().isInstance(violation.getRootBean())
				&& isSame(violation.getExecutableParameters(), method, values);
	}

	/** A default of Kotlin is {@code null} here, and a primitive is boxed anew. */
	private static boolean isSame(@Nullable Object @Nullable [] checked, Method method, @Nullable Object[] values) {
		if (checked == null || checked.length != values.length) {
			return false;
		}
		for (int i = 0; i < values.length; i++) {
			Object value = values[i];
			boolean primitive = method.getParameterTypes()[i].isPrimitive();
			if (value != null && value != checked[i] && !(primitive && value.equals(checked[i]))) {
				return false;
			}
		}
		return true;
	}

}
