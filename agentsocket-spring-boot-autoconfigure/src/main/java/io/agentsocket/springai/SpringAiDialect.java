package io.agentsocket.springai;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.tool.ToolDialect;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Reads {@link Tool} and {@link ToolParam} as the annotations of this project. Arguments
 * have the names of the parameters, as in Spring AI.
 */
final class SpringAiDialect implements ToolDialect<Tool> {

	/** Characters that no name of an action has, see section 17 of the protocol. */
	private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9_.\\-/]");

	@Override
	public Class<Tool> annotation() {
		return Tool.class;
	}

	@Override
	public @Nullable AgentTool tool(Method method, Tool annotation) {
		if (AnnotatedElementUtils.hasAnnotation(method, AgentTool.class)) {
			return null;
		}
		String name = annotation.name().isEmpty() ? method.getName() : annotation.name();
		return AnnotationUtils.synthesizeAnnotation(
				Map.of("value", nameOf(name), "description", annotation.description()), AgentTool.class, null);
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
		ToolParam annotation = parameter.getParameterAnnotation(ToolParam.class);
		Map<String, Object> values = new LinkedHashMap<>();
		if (annotation != null) {
			values.put("description", annotation.description());
			values.put("required", annotation.required());
		}
		return AnnotationUtils.synthesizeAnnotation(values, AgentParam.class, null);
	}

}
