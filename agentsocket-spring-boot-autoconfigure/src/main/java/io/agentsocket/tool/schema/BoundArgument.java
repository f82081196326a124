package io.agentsocket.tool.schema;

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
public record BoundArgument(MethodParameter parameter, String name, JavaType type, boolean required,
		@Nullable Object absent, @Nullable JsonNode defaultValue, boolean nullable) {

	public int index() {
		return this.parameter.getParameterIndex();
	}

	public AnnotatedType annotatedType() {
		return this.parameter.getExecutable().getAnnotatedParameterTypes()[index()];
	}

	public boolean isWhole() {
		return this.name.isEmpty();
	}

	public Place place() {
		return isWhole() ? Place.ROOT : Place.ROOT.step(this.name);
	}

	public String pointer() {
		return place().pointer();
	}

}
