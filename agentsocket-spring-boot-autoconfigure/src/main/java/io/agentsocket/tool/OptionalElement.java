package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.util.Optional;

import io.agentsocket.method.Types;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;

/**
 * The value in a parameter of type {@link Optional}, as a parameter of that type which
 * may be {@code null}: resolvers supply the one as they supply the other.
 */
final class OptionalElement extends MethodParameter {

	private final Annotation[] annotations;

	private final Class<?> type;

	private OptionalElement(MethodParameter nested, Annotation[] annotations, Class<?> type) {
		super(nested);
		this.annotations = annotations;
		this.type = type;
	}

	/**
	 * The element of a parameter.
	 * @param parameter a parameter
	 * @return the element, an {@code Object} when nothing tells its type, or {@code null}
	 * when the parameter is no {@code Optional}
	 */
	static @Nullable MethodParameter of(MethodParameter parameter) {
		Class<?> type = (parameter.getParameterType() == Optional.class)
				? ResolvableType.forType(Types.javaType(parameter)).getGeneric(0).resolve(Object.class) : null;
		return (type != null) ? new OptionalElement(parameter.nested(), parameter.getParameterAnnotations(), type)
				: null;
	}

	@Override
	public Class<?> getParameterType() {
		return this.type;
	}

	@Override
	public boolean isOptional() {
		return true;
	}

	@Override
	public Annotation[] getParameterAnnotations() {
		return this.annotations.clone();
	}

	@Override
	public MethodParameter clone() {
		return new OptionalElement(this, this.annotations, this.type);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return super.equals(other);
	}

	@Override
	public int hashCode() {
		return super.hashCode();
	}

}
