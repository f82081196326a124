package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.tool.schema.ActiveConstraints;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.Place;
import jakarta.validation.Constraint;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertFalse;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Negative;
import jakarta.validation.constraints.NegativeOrZero;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import jakarta.validation.constraintvalidation.SupportedValidationTarget;
import jakarta.validation.constraintvalidation.ValidationTarget;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

import org.springframework.util.ClassUtils;

/**
 * Constraints on parameters of a static method, which no validator looks at: their schema
 * is checked instead, and the values that {@code @Valid} leads to are checked each by
 * itself. A constraint that no schema can say is a mistake.
 */
final class StaticConstraints {

	private static final String CHANGE = "Make it an instance method, or put the constraint on a component of a record behind @Valid.";

	private static final Set<Class<?>> OF_NUMBERS = Set.of(Min.class, Max.class, DecimalMin.class, DecimalMax.class,
			Positive.class, PositiveOrZero.class, Negative.class, NegativeOrZero.class);

	/** Its validator has checks of its own beside the parts of these. */
	private static final String HIBERNATE = "org.hibernate.validator.constraints.";

	private StaticConstraints() {
	}

	/**
	 * Report constraints that would not hold.
	 * @param bean the bean
	 * @param method a static method
	 * @param arguments its parameters that come from the caller
	 * @param problems gets mistakes
	 */
	static void report(AnnotatedBean bean, Method method, List<BoundArgument> arguments, DeclarationErrors problems) {
		for (Annotation annotation : method.getAnnotations()) {
			if (isOfParameters(annotation)) {
				problems.add(bean, method, unchecked(annotation), CHANGE);
			}
		}
		AnnotatedType[] types = method.getAnnotatedParameterTypes();
		for (int i = 0; i < types.length; i++) {
			int index = i;
			BoundArgument argument = arguments.stream().filter((one) -> one.index() == index).findFirst().orElse(null);
			report(method.getParameters()[i], types[i], (argument != null) ? argument.type() : null,
					argument != null && argument.nullable(), (constraint) -> problems.add(bean, method,
							unchecked(constraint) + " It is on parameter number " + (index + 1) + ".", CHANGE));
		}
	}

	private static String unchecked(Annotation constraint) {
		return "@" + constraint.annotationType().getSimpleName() + " is not checked where a method is static.";
	}

	private static boolean isOfParameters(Annotation annotation) {
		Constraint constraint = annotation.annotationType().getAnnotation(Constraint.class);
		return constraint != null && Arrays.stream(constraint.validatedBy())
			.map((validator) -> validator.getAnnotation(SupportedValidationTarget.class))
			.anyMatch(
					(target) -> target != null && Arrays.asList(target.value()).contains(ValidationTarget.PARAMETERS));
	}

	/** The type is {@code null} where there is no schema. */
	private static void report(AnnotatedElement element, AnnotatedType type, @Nullable JavaType value, boolean nullable,
			Consumer<Annotation> problems) {
		ActiveConstraints active = ActiveConstraints.of(element);
		for (Annotation constraint : active.all(Annotation.class)) {
			if (value == null || !isSaid(constraint, active, value, nullable)) {
				problems.accept(constraint);
			}
		}
		if (type instanceof AnnotatedParameterizedType container) {
			AnnotatedType[] elements = container.getAnnotatedActualTypeArguments();
			for (int i = 0; i < elements.length; i++) {
				JavaType content = (value != null && (value.isContainerType() || value.isReferenceType())
						&& elements.length == value.containedTypeCount()) ? value.containedType(i) : null;
				report(elements[i], elements[i], content, value != null && value.isReferenceType(), problems);
			}
		}
	}

	private static boolean isSaid(Annotation constraint, ActiveConstraints all, JavaType type, boolean nullable) {
		Class<?> raw = ClassUtils.resolvePrimitiveIfNecessary(type.getRawClass());
		if (OF_NUMBERS.contains(constraint.annotationType())) {
			return Number.class.isAssignableFrom(raw);
		}
		if (constraint instanceof AssertTrue || constraint instanceof AssertFalse) {
			return raw == Boolean.class;
		}
		boolean text = CharSequence.class.isAssignableFrom(raw);
		boolean counted = text || type.isContainerType() && raw != byte[].class;
		if (constraint instanceof NotNull) {
			return !nullable;
		}
		if (constraint instanceof Size) {
			return counted;
		}
		if (constraint instanceof NotEmpty) {
			return counted && !nullable;
		}
		if (constraint instanceof NotBlank) {
			return text && !nullable && !all.has(Pattern.class);
		}
		if (constraint instanceof Pattern pattern) {
			return text && ActiveConstraints.isPortable(pattern) && all.all(Pattern.class).size() == 1;
		}
		return isComposed(constraint.annotationType());
	}

	/** Whether a constraint is no more than its parts, each of which is looked at. */
	private static boolean isComposed(Class<? extends Annotation> type) {
		boolean parts = Arrays.stream(type.getAnnotations())
			.anyMatch((annotation) -> annotation.annotationType().isAnnotationPresent(Constraint.class)
					|| annotation.annotationType().getEnclosingClass() != null);
		Constraint constraint = type.getAnnotation(Constraint.class);
		return parts && constraint != null && constraint.validatedBy().length == 0
				&& (!type.getName().startsWith(HIBERNATE) || type.getSimpleName().equals("Range"))
				&& Arrays.stream(type.getAnnotations())
					.noneMatch((
							annotation) -> annotation.annotationType().getSimpleName().equals("ConstraintComposition"));
	}

	/**
	 * Whether {@code @Valid} is on a type, or on that of elements of it.
	 * @param type type of a parameter
	 */
	static boolean cascades(AnnotatedType type) {
		return type.isAnnotationPresent(Valid.class) || type instanceof AnnotatedParameterizedType container
				&& Arrays.stream(container.getAnnotatedActualTypeArguments()).anyMatch(StaticConstraints::cascades);
	}

	/**
	 * Find the values that {@code @Valid} leads to.
	 * @param value an argument, or an element of it
	 * @param place where it is
	 * @param type its declared type, or {@code null} when that says nothing
	 * @param valid whether {@code @Valid} is on what holds it
	 * @param names how a key is called, of the place of its map and the key
	 * @param values gets each
	 */
	static void cascade(@Nullable Object value, Place place, @Nullable AnnotatedType type, boolean valid,
			BiFunction<Place, Object, String> names, Values values) {
		boolean leads = valid || type != null && type.isAnnotationPresent(Valid.class);
		if (value instanceof Map<?, ?> map) {
			map.forEach((key, each) -> {
				Place step = place.step((key != null) ? names.apply(place, key) : "null");
				cascade(key, step, element(type, 0), false, names, values);
				cascade(each, step, element(type, 1), leads, names, values);
			});
		}
		else if (value instanceof Optional<?> optional) {
			cascade(optional.orElse(null), place, element(type, 0), leads, names, values);
		}
		else if (value instanceof Iterable<?> || value instanceof Object[]) {
			int index = 0;
			for (Object each : (value instanceof Iterable<?> all) ? all : Arrays.asList((Object[]) value)) {
				cascade(each, place.step(index++), element(type, 0), leads, names, values);
			}
		}
		else if (value != null && leads) {
			values.add(value, place);
		}
	}

	private static @Nullable AnnotatedType element(@Nullable AnnotatedType type, int index) {
		AnnotatedType[] elements = (type instanceof AnnotatedParameterizedType container)
				? container.getAnnotatedActualTypeArguments() : new AnnotatedType[0];
		return (index < elements.length) ? elements[index] : null;
	}

	/** Gets values. */
	@FunctionalInterface
	interface Values {

		void add(Object value, Place place);

	}

}
