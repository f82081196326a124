package io.agentsocket.tool;

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

	private static final class Constraints {

		private Constraints() {
		}

		static void add(AnnotatedElement element, ObjectNode schema, String type) {
			numbers(element, schema);
			sizes(element, schema, type);
			Pattern pattern = element.getAnnotation(Pattern.class);
			if (pattern != null) {
				schema.put("pattern", "^(?:" + pattern.regexp() + ")$");
			}
			if (element.isAnnotationPresent(AssertTrue.class) || element.isAnnotationPresent(AssertFalse.class)) {
				schema.put("const", element.isAnnotationPresent(AssertTrue.class));
			}
			if (element.isAnnotationPresent(Email.class)) {
				schema.put("format", "email");
			}
		}

		private static void numbers(AnnotatedElement element, ObjectNode schema) {
			Min min = element.getAnnotation(Min.class);
			if (min != null) {
				bound(schema, "minimum", BigDecimal.valueOf(min.value()));
			}
			Max max = element.getAnnotation(Max.class);
			if (max != null) {
				bound(schema, "maximum", BigDecimal.valueOf(max.value()));
			}
			DecimalMin decimalMin = element.getAnnotation(DecimalMin.class);
			if (decimalMin != null) {
				bound(schema, decimalMin.inclusive() ? "minimum" : "exclusiveMinimum",
						new BigDecimal(decimalMin.value()));
			}
			DecimalMax decimalMax = element.getAnnotation(DecimalMax.class);
			if (decimalMax != null) {
				bound(schema, decimalMax.inclusive() ? "maximum" : "exclusiveMaximum",
						new BigDecimal(decimalMax.value()));
			}
			if (element.isAnnotationPresent(Positive.class)) {
				bound(schema, "exclusiveMinimum", BigDecimal.ZERO);
			}
			if (element.isAnnotationPresent(PositiveOrZero.class)) {
				bound(schema, "minimum", BigDecimal.ZERO);
			}
			if (element.isAnnotationPresent(Negative.class)) {
				bound(schema, "exclusiveMaximum", BigDecimal.ZERO);
			}
			if (element.isAnnotationPresent(NegativeOrZero.class)) {
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
					if (lower ? order > 0 : order < 0) {
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

		private static void sizes(AnnotatedElement element, ObjectNode schema, String type) {
			String suffix = switch (type) {
				case "string" -> "Length";
				case "array" -> "Items";
				default -> "Properties";
			};
			Size size = element.getAnnotation(Size.class);
			int min = (size != null) ? size.min() : 0;
			if (element.isAnnotationPresent(NotEmpty.class) || element.isAnnotationPresent(NotBlank.class)) {
				min = Math.max(min, 1);
			}
			if (min > 0) {
				schema.put("min" + suffix, min);
			}
			if (size != null && size.max() != Integer.MAX_VALUE) {
				schema.put("max" + suffix, size.max());
			}
			if (element.isAnnotationPresent(NotBlank.class) && !element.isAnnotationPresent(Pattern.class)) {
				schema.put("pattern", "\\S");
			}
		}

	}

}
