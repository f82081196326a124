package io.agentsocket.tool;

import java.lang.reflect.AnnotatedType;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;

import org.springframework.core.MethodParameter;

/**
 * A parameter that comes from the caller's arguments.
 *
 * @param parameter the parameter
 * @param name name of the argument, empty when the parameter takes all arguments
 * @param type type of the value
 * @param required whether it must be given
 * @param absent value of an optional argument that is not given
 * @param defaultValue default of an argument that is not given
 * @param nullable whether {@code null} is the same as not given
 */
record BoundArgument(MethodParameter parameter, String name, JavaType type, boolean required, @Nullable Object absent,
		@Nullable JsonNode defaultValue, boolean nullable) {

	int index() {
		return this.parameter.getParameterIndex();
	}

	AnnotatedType annotatedType() {
		return this.parameter.getExecutable().getAnnotatedParameterTypes()[index()];
	}

	boolean isWhole() {
		return this.name.isEmpty();
	}

	String pointer() {
		return isWhole() ? "" : Violations.step("", this.name);
	}

}
