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
 * say, so that methods with them become actions without a change. Their library calls
 * them as they are: they may be static or private, a type variable stands for its bound,
 * and an optional primitive that is absent is zero or {@code false}.
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

	/**
	 * The conversion that the annotation orders for the result of a tool.
	 * @param method a tool
	 * @return makes the value of the action of what the method returns, or {@code null}
	 * when its type says what the action gives back
	 * @throws IllegalArgumentException with a sentence when it cannot be made
	 */
	default @Nullable Conversion conversion(Method method) {
		return null;
	}

	/**
	 * Makes the value of an action of what a method returns. Thread-safe.
	 */
	@FunctionalInterface
	interface Conversion {

		/**
		 * Convert a result.
		 * @param result what the method returned
		 * @return the value
		 */
		@Nullable Object convert(@Nullable Object result);

	}

}
