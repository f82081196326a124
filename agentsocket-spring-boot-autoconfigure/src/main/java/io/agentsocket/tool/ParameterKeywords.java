package io.agentsocket.tool;

import java.math.BigDecimal;

import io.agentsocket.annotation.AgentParam;
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
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.MethodParameter;
import org.springframework.util.ClassUtils;

/**
 * Keywords of a schema that come from the annotations of a parameter: its description and
 * the constraints of Jakarta Bean Validation.
 */
final class ParameterKeywords {

	private static final boolean CONSTRAINTS = ClassUtils.isPresent("jakarta.validation.Constraint",
			ParameterKeywords.class.getClassLoader());

	private ParameterKeywords() {
	}

	static void add(MethodParameter parameter, ObjectNode schema) {
		AgentParam annotation = parameter.getParameterAnnotation(AgentParam.class);
		if (annotation != null && !annotation.description().isEmpty()) {
			schema.put("description", annotation.description());
		}
		if (CONSTRAINTS) {
			Constraints.add(parameter, schema, String.valueOf(schema.path("type").asString("")));
		}
	}

	private static final class Constraints {

		private Constraints() {
		}

		static void add(MethodParameter parameter, ObjectNode schema, String type) {
			numbers(parameter, schema);
			sizes(parameter, schema, type);
			Pattern pattern = parameter.getParameterAnnotation(Pattern.class);
			if (pattern != null) {
				schema.put("pattern", "^(?:" + pattern.regexp() + ")$");
			}
			if (parameter.hasParameterAnnotation(Email.class)) {
				schema.put("format", "email");
			}
		}

		private static void numbers(MethodParameter parameter, ObjectNode schema) {
			Min min = parameter.getParameterAnnotation(Min.class);
			if (min != null) {
				schema.put("minimum", min.value());
			}
			Max max = parameter.getParameterAnnotation(Max.class);
			if (max != null) {
				schema.put("maximum", max.value());
			}
			DecimalMin decimalMin = parameter.getParameterAnnotation(DecimalMin.class);
			if (decimalMin != null) {
				schema.put(decimalMin.inclusive() ? "minimum" : "exclusiveMinimum", new BigDecimal(decimalMin.value()));
			}
			DecimalMax decimalMax = parameter.getParameterAnnotation(DecimalMax.class);
			if (decimalMax != null) {
				schema.put(decimalMax.inclusive() ? "maximum" : "exclusiveMaximum", new BigDecimal(decimalMax.value()));
			}
			if (parameter.hasParameterAnnotation(Positive.class)) {
				schema.put("exclusiveMinimum", 0);
			}
			if (parameter.hasParameterAnnotation(PositiveOrZero.class)) {
				schema.put("minimum", 0);
			}
			if (parameter.hasParameterAnnotation(Negative.class)) {
				schema.put("exclusiveMaximum", 0);
			}
			if (parameter.hasParameterAnnotation(NegativeOrZero.class)) {
				schema.put("maximum", 0);
			}
		}

		private static void sizes(MethodParameter parameter, ObjectNode schema, String type) {
			String suffix = switch (type) {
				case "string" -> "Length";
				case "array" -> "Items";
				default -> "Properties";
			};
			Size size = parameter.getParameterAnnotation(Size.class);
			int min = (size != null) ? size.min() : 0;
			if (parameter.hasParameterAnnotation(NotEmpty.class) || parameter.hasParameterAnnotation(NotBlank.class)) {
				min = Math.max(min, 1);
			}
			if (min > 0) {
				schema.put("min" + suffix, min);
			}
			if (size != null && size.max() != Integer.MAX_VALUE) {
				schema.put("max" + suffix, size.max());
			}
			if (parameter.hasParameterAnnotation(NotBlank.class) && !parameter.hasParameterAnnotation(Pattern.class)) {
				schema.put("pattern", "\\S");
			}
		}

	}

}
