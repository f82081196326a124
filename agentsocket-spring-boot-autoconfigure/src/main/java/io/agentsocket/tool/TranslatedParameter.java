package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Arrays;

import io.agentsocket.annotation.AgentParam;
import io.agentsocket.method.Types;
import org.jspecify.annotations.Nullable;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;

/**
 * A parameter with an annotation that its source does not have, as another library reads
 * it.
 */
final class TranslatedParameter extends MethodParameter {

	private final Annotation[] annotations;

	private TranslatedParameter(MethodParameter original, Annotation[] annotations) {
		super(original);
		this.annotations = annotations;
	}

	/**
	 * Add an annotation.
	 * @param original the parameter
	 * @param added the annotation, or {@code null} to leave it as it is
	 * @return the parameter with it
	 */
	static MethodParameter of(MethodParameter original, @Nullable AgentParam added) {
		if (added == null) {
			return original;
		}
		if (original.hasParameterAnnotation(AgentParam.class)) {
			return new TranslatedParameter(original, original.getParameterAnnotations());
		}
		Annotation[] present = original.getParameterAnnotations();
		Annotation[] all = Arrays.copyOf(present, present.length + 1);
		all[present.length] = added;
		return new TranslatedParameter(original, all);
	}

	/** A variable that the class of the bean does not know stands for its bound. */
	@Override
	public Type getGenericParameterType() {
		Type declared = super.getGenericParameterType();
		return Types.hasVariable(declared)
				? Types.bounded(GenericTypeResolver.resolveType(declared, getContainingClass())) : declared;
	}

	@Override
	public Annotation[] getParameterAnnotations() {
		return this.annotations.clone();
	}

	@Override
	public MethodParameter clone() {
		return new TranslatedParameter(this, this.annotations);
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
