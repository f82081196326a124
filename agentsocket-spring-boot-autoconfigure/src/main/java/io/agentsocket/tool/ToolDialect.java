package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;

import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Annotations of another library that say what {@link AgentTool} and {@link AgentParam}
 * say, so that methods with them become actions without a change.
 *
 * @param <A> annotation of a tool
 */
@Internal
public interface ToolDialect<A extends Annotation> {

	/**
	 * The annotation of a tool.
	 * @return its type
	 */
	Class<A> annotation();

	/**
	 * Translate the annotation of a tool.
	 * @param method the method that has it
	 * @param annotation the annotation
	 * @return the same as {@link AgentTool}, or {@code null} when the method is no tool
	 * of this dialect
	 */
	@Nullable AgentTool tool(Method method, A annotation);

	/**
	 * Translate the annotations of a parameter.
	 * @param parameter parameter of a tool
	 * @return the same as {@link AgentParam}, or {@code null} to read it as it is
	 */
	@Nullable AgentParam parameter(MethodParameter parameter);

}
