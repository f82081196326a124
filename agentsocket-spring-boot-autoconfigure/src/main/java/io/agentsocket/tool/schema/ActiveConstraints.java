package io.agentsocket.tool.schema;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import jakarta.validation.Constraint;
import jakarta.validation.OverridesAttribute;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.groups.Default;
import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.AnnotationUtils;

/**
 * The constraints of an element that hold when a tool is called: those of the default
 * group, repeated ones, and those that a composed constraint is made of.
 */
public final class ActiveConstraints {

	private static final String COMPOSITION = "org.hibernate.validator.constraints.ConstraintComposition";

	/**
	 * Parts of Java's expressions that those of ECMAScript have not, or mean something
	 * else by: flags within them, atomic groups, possessive quantifiers, quotes, anchors,
	 * numbers of characters, classes within classes, classes of POSIX and Java.
	 */
	private static final java.util.regex.Pattern JAVA_ONLY = java.util.regex.Pattern
		.compile("\\(\\?[a-zA-Z>-]|[*+?}]\\+|\\\\[QEAZzGhHRXNvVae0]|\\\\x\\{|&&" + "|\\[(?:[^\\]\\\\]|\\\\.)*\\["
				+ "|\\\\[pP]\\{(Is|In|java|Punct|Graph|Print|Blank|Cntrl|Alnum|Digit|XDigit|Space)");

	private final List<Annotation> all = new ArrayList<>();

	private ActiveConstraints() {
	}

	public static ActiveConstraints of(AnnotatedElement element) {
		ActiveConstraints constraints = new ActiveConstraints();
		for (Annotation annotation : element.getAnnotations()) {
			for (Annotation single : expanded(annotation)) {
				if (isConstraint(single) && isOfDefaultGroup(single)) {
					constraints.add(single);
				}
			}
		}
		return constraints;
	}

	/**
	 * Whether there are any.
	 * @param element a parameter, field, method or type
	 * @return {@code true} with at least one
	 */
	public static boolean areOn(AnnotatedElement element) {
		return !of(element).all.isEmpty();
	}

	/**
	 * Whether groups have the default one among them.
	 * @param groups the groups of a constraint
	 */
	static boolean isDefault(Class<?>... groups) {
		return groups.length == 0 || Arrays.asList(groups).contains(Default.class);
	}

	/**
	 * Whether a schema can say a pattern: it has no flags, and its expressions are those
	 * of ECMAScript.
	 * @param pattern the constraint
	 */
	public static boolean isPortable(Pattern pattern) {
		return isPortable(pattern.regexp(), pattern.flags());
	}

	/**
	 * Whether a schema can say an expression.
	 * @param expression the expression of a constraint
	 * @param flags its flags
	 */
	static boolean isPortable(String expression, Pattern.Flag... flags) {
		return flags.length == 0 && !JAVA_ONLY.matcher(expression).find();
	}

	public <A extends Annotation> List<A> all(Class<A> type) {
		return this.all.stream().filter(type::isInstance).map(type::cast).toList();
	}

	<A extends Annotation> @Nullable A first(Class<A> type) {
		List<A> found = all(type);
		return found.isEmpty() ? null : found.get(0);
	}

	public boolean has(Class<? extends Annotation> type) {
		return this.all.stream().anyMatch(type::isInstance);
	}

	private void add(Annotation constraint) {
		this.all.add(constraint);
		Class<? extends Annotation> type = constraint.annotationType();
		if (isAlternative(type)) {
			// It is enough that one of its parts holds.
			return;
		}
		for (Annotation annotation : type.getAnnotations()) {
			for (Annotation part : expanded(annotation)) {
				// A part of itself would never end.
				if (isConstraint(part) && this.all.stream().noneMatch((known) -> isOf(known, part))) {
					add(overridden(constraint, part));
				}
			}
		}
	}

	private static boolean isOf(Annotation known, Annotation part) {
		return known.annotationType() == part.annotationType() && known.equals(part);
	}

	private static boolean isAlternative(Class<? extends Annotation> type) {
		return Arrays.stream(type.getAnnotations())
			.filter((annotation) -> annotation.annotationType().getName().equals(COMPOSITION))
			.anyMatch((annotation) -> !String.valueOf(AnnotationUtils.getValue(annotation)).equals("AND"));
	}

	/** A part with the attributes that the composed constraint sets. */
	private static Annotation overridden(Annotation composed, Annotation part) {
		// Compilers from JDK 22 on see that Spring declares values that may be null.
		Map<String, Object> attributes = new HashMap<>();
		AnnotationUtils.getAnnotationAttributes(part).forEach(attributes::put);
		boolean changed = false;
		for (Method attribute : composed.annotationType().getDeclaredMethods()) {
			for (OverridesAttribute override : attribute.getAnnotationsByType(OverridesAttribute.class)) {
				if (override.constraint() == part.annotationType()) {
					String name = override.name().isEmpty() ? attribute.getName() : override.name();
					attributes.put(name, AnnotationUtils.getValue(composed, attribute.getName()));
					changed = true;
				}
			}
		}
		return changed ? AnnotationUtils.synthesizeAnnotation(attributes, part.annotationType(), null) : part;
	}

	/** Several annotations of one type stand in another one. */
	private static List<Annotation> expanded(Annotation annotation) {
		Object value = AnnotationUtils.getValue(annotation);
		if (value instanceof Annotation[] several) {
			return List.of(several);
		}
		return List.of(annotation);
	}

	private static boolean isConstraint(Annotation annotation) {
		return annotation.annotationType().isAnnotationPresent(Constraint.class);
	}

	private static boolean isOfDefaultGroup(Annotation constraint) {
		return AnnotationUtils.getValue(constraint, "groups") instanceof Class<?>[] groups && isDefault(groups);
	}

}
