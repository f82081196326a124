package io.agentsocket.tool.schema;

import java.lang.reflect.AnnotatedElement;
import java.math.BigDecimal;
import java.util.List;

import jakarta.validation.constraints.AssertFalse;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Email;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.util.ClassUtils;

/**
 * Keywords of a schema that come from the constraints of Jakarta Bean Validation, on a
 * parameter or on a type in a container.
 */
final class ConstraintKeywords {

	private static final boolean CONSTRAINTS = ClassUtils.isPresent("jakarta.validation.Constraint",
			ConstraintKeywords.class.getClassLoader());

	private ConstraintKeywords() {
	}

	/**
	 * Add keywords.
	 * @param element has the annotations: a parameter, or a type in another one
	 * @param schema schema of its value
	 */
	static void add(AnnotatedElement element, ObjectNode schema) {
		if (CONSTRAINTS) {
			JsonNode type = schema.path("type");
			Constraints.add(element, schema, (type.isArray() ? type.path(0) : type).asString(""));
		}
	}

	/**
	 * Whether constraints of a property keep {@code null} out.
	 * @param element has the annotations
	 */
	static boolean excludeNull(AnnotatedElement element) {
		return CONSTRAINTS && Constraints.excludeNull(element);
	}

	private static final class Constraints {

		/**
		 * A character that some validator does not find blank: they differ in what is
		 * blank beyond ASCII.
		 */
		private static final String NOT_BLANK = "[^\\t-\\r\\x1c-\\x20]";

		private Constraints() {
		}

		static boolean excludeNull(AnnotatedElement element) {
			ActiveConstraints constraints = ActiveConstraints.of(element);
			return constraints.has(NotNull.class) || constraints.has(NotEmpty.class) || constraints.has(NotBlank.class);
		}

		static void add(AnnotatedElement element, ObjectNode schema, String type) {
			ActiveConstraints constraints = ActiveConstraints.of(element);
			numbers(constraints, schema);
			sizes(constraints, schema, type);
			constraints.all(Pattern.class)
				.stream()
				.filter(ActiveConstraints::isPortable)
				.findFirst()
				.ifPresent((pattern) -> schema.put("pattern", "^(?:" + pattern.regexp() + ")$"));
			if (constraints.has(AssertTrue.class) || constraints.has(AssertFalse.class)) {
				schema.put("const", constraints.has(AssertTrue.class));
			}
			if (constraints.has(Email.class)) {
				schema.put("format", "email");
			}
		}

		private static void numbers(ActiveConstraints constraints, ObjectNode schema) {
			constraints.all(Min.class).forEach((min) -> bound(schema, "minimum", BigDecimal.valueOf(min.value())));
			constraints.all(Max.class).forEach((max) -> bound(schema, "maximum", BigDecimal.valueOf(max.value())));
			constraints.all(DecimalMin.class)
				.forEach((min) -> bound(schema, min.inclusive() ? "minimum" : "exclusiveMinimum",
						new BigDecimal(min.value())));
			constraints.all(DecimalMax.class)
				.forEach((max) -> bound(schema, max.inclusive() ? "maximum" : "exclusiveMaximum",
						new BigDecimal(max.value())));
			if (constraints.has(Positive.class)) {
				bound(schema, "exclusiveMinimum", BigDecimal.ZERO);
			}
			if (constraints.has(PositiveOrZero.class)) {
				bound(schema, "minimum", BigDecimal.ZERO);
			}
			if (constraints.has(Negative.class)) {
				bound(schema, "exclusiveMaximum", BigDecimal.ZERO);
			}
			if (constraints.has(NegativeOrZero.class)) {
				bound(schema, "maximum", BigDecimal.ZERO);
			}
		}

		/** The narrower one of two bounds remains, of those of the type, too. */
		private static void bound(ObjectNode schema, String keyword, BigDecimal value) {
			boolean lower = keyword.endsWith("inimum");
			for (String present : List.of(lower ? "minimum" : "maximum",
					lower ? "exclusiveMinimum" : "exclusiveMaximum")) {
				if (schema.path(present).isNumber()) {
					int order = schema.path(present).decimalValue().compareTo(value);
					if ((lower ? order > 0 : order < 0) || order == 0 && present.startsWith("exclusive")) {
						return;
					}
					schema.remove(present);
				}
			}
			if (value.scale() <= 0 && value.precision() < 10) {
				schema.put(keyword, value.intValueExact());
			}
			else if (value.scale() <= 0 && value.precision() < 19) {
				schema.put(keyword, value.longValueExact());
			}
			else {
				schema.put(keyword, value);
			}
		}

		/** Characters that a number of bytes takes in base64, with padding. */
		private static long base64(int bytes) {
			return (bytes + 2L) / 3 * 4;
		}

		private static void sizes(ActiveConstraints constraints, ObjectNode schema, String type) {
			String suffix = switch (type) {
				case "string" -> "Length";
				case "array" -> "Items";
				default -> "Properties";
			};
			int min = 0;
			int max = Integer.MAX_VALUE;
			for (Size size : constraints.all(Size.class)) {
				min = Math.max(min, size.min());
				max = Math.min(max, size.max());
			}
			boolean blank = constraints.has(NotBlank.class);
			if (blank || constraints.has(NotEmpty.class)) {
				min = Math.max(min, 1);
			}
			boolean encoded = schema.path("contentEncoding").asString("").equals("base64");
			if (min > 0) {
				schema.put("min" + suffix, encoded ? base64(min) : min);
			}
			if (max != Integer.MAX_VALUE) {
				schema.put("max" + suffix, encoded ? base64(max) : max);
			}
			if (blank && constraints.all(Pattern.class).stream().noneMatch(ActiveConstraints::isPortable)) {
				schema.put("pattern", NOT_BLANK);
			}
		}

	}

}
