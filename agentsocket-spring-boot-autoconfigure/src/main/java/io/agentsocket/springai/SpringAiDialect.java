package io.agentsocket.springai;

import java.awt.image.RenderedImage;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.tool.ToolDialect;
import io.swagger.v3.oas.annotations.media.Schema;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.ai.tool.execution.DefaultToolCallResultConverter;
import org.springframework.ai.tool.execution.ToolCallResultConverter;
import org.springframework.ai.tool.support.ToolUtils;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.StringUtils;

/**
 * Reads {@link Tool} and {@link ToolParam} as the annotations of this project. Arguments
 * have the names of the parameters, and are required and described, as in Spring AI.
 */
final class SpringAiDialect implements ToolDialect<Tool> {

	private static final Log logger = PrintableLog.of(SpringAiDialect.class);

	/**
	 * Characters that no name of an action has, and those that none begins with, see
	 * section 17 of the protocol.
	 */
	private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9_.\\-/]|^[.\\-/]");

	@Override
	public Class<Tool> annotation() {
		return Tool.class;
	}

	@Override
	public @Nullable AgentTool tool(Method method, Tool annotation) {
		if (AnnotatedElementUtils.hasAnnotation(method, AgentTool.class)) {
			return null;
		}
		if (isFunction(method.getReturnType())) {
			logger.warn(method + " returns a function, so it is no tool, as in Spring AI.");
			return null;
		}
		String name = annotation.name().isBlank() ? method.getName() : annotation.name();
		return AnnotationUtils.synthesizeAnnotation(
				Map.of("value", nameOf(name), "description", annotation.description()), AgentTool.class, null);
	}

	private static boolean isFunction(Class<?> type) {
		return Function.class.isAssignableFrom(type) || Supplier.class.isAssignableFrom(type)
				|| Consumer.class.isAssignableFrom(type);
	}

	/** The name of a tool as the name of an action. */
	static String nameOf(String tool) {
		return OTHERS.matcher(tool).replaceAll("_");
	}

	@Override
	public @Nullable AgentParam parameter(MethodParameter parameter) {
		if (parameter.getParameterType() == ToolContext.class) {
			return null;
		}
		Map<String, Object> values = new LinkedHashMap<>();
		// Without -parameters Spring AI names them arg0 and so on.
		values.put("value", parameter.getParameter().getName());
		values.put("description", description(parameter));
		Boolean required = required(parameter);
		if (required != null) {
			values.put("required", required);
		}
		return AnnotationUtils.synthesizeAnnotation(values, AgentParam.class, null);
	}

	/** The first annotation that says anything counts; none leaves it to the type. */
	private static @Nullable Boolean required(MethodParameter parameter) {
		ToolParam annotation = parameter.getParameterAnnotation(ToolParam.class);
		if (annotation != null) {
			return annotation.required();
		}
		JsonProperty property = parameter.getParameterAnnotation(JsonProperty.class);
		if (property != null) {
			return property.required();
		}
		Schema schema = parameter.getParameterAnnotation(Schema.class);
		return (schema != null) ? schema.requiredMode() != Schema.RequiredMode.NOT_REQUIRED : null;
	}

	private static String description(MethodParameter parameter) {
		ToolParam annotation = parameter.getParameterAnnotation(ToolParam.class);
		if (annotation != null && StringUtils.hasText(annotation.description())) {
			return annotation.description();
		}
		JsonPropertyDescription property = parameter.getParameterAnnotation(JsonPropertyDescription.class);
		if (property != null && StringUtils.hasText(property.value())) {
			return property.value();
		}
		Schema schema = parameter.getParameterAnnotation(Schema.class);
		return (schema != null) ? schema.description() : "";
	}

	/** Converters write text for a model, which is read as that of a callback is. */
	@Override
	public @Nullable Conversion conversion(Method method) {
		Tool tool = AnnotatedElementUtils.findMergedAnnotation(method, Tool.class);
		boolean image = RenderedImage.class.isAssignableFrom(method.getReturnType());
		if (tool == null || tool.resultConverter() == DefaultToolCallResultConverter.class && !image) {
			return null;
		}
		ToolCallResultConverter converter = ToolUtils.getToolCallResultConverter(method);
		Type type = method.getGenericReturnType();
		return (result) -> CallArguments.readOrText(converter.convert(result, type));
	}

}
