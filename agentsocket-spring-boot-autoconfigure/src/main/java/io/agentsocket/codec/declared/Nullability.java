package io.agentsocket.codec.declared;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;

import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;

/**
 * Tells where {@code null} may stand as it is declared: by JSpecify, by the annotations
 * of others that are called {@code Nullable}, or by Kotlin.
 */
public final class Nullability {

	private Nullability() {
	}

	/**
	 * Whether a property may be {@code null}.
	 * @param member the field, accessor or parameter that is used
	 * @return the declaration
	 */
	public static Nullness of(AnnotatedMember member) {
		if (member instanceof AnnotatedField field) {
			return Nullness.forField(field.getAnnotated());
		}
		if (member instanceof AnnotatedParameter parameter
				&& parameter.getOwner().getMember() instanceof Executable executable) {
			return Nullness.forMethodParameter(MethodParameter.forExecutable(executable, parameter.getIndex()));
		}
		if (member.getMember() instanceof Method method) {
			return (method.getParameterCount() == 1) ? Nullness.forMethodParameter(new MethodParameter(method, 0))
					: Nullness.forMethodReturnType(method);
		}
		return Nullness.UNSPECIFIED;
	}

	/**
	 * Whether something is annotated as nullable.
	 * @param element a parameter, field, method or type
	 * @return {@code true} with an annotation that is called {@code Nullable}
	 */
	public static boolean isNullable(AnnotatedElement element) {
		return isAnnotated(element, "Nullable");
	}

	private static boolean isAnnotated(AnnotatedElement element, String name) {
		for (Annotation annotation : element.getAnnotations()) {
			if (annotation.annotationType().getSimpleName().equalsIgnoreCase(name)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether an element of a container may be {@code null}.
	 * @param type type of the element as it is declared
	 * @param marked whether types are not nullable where nothing else is said, as where
	 * {@code NullMarked} holds
	 * @return the declaration
	 */
	public static Nullness ofElement(AnnotatedType type, boolean marked) {
		if (isNullable(type)) {
			return Nullness.NULLABLE;
		}
		if (isAnnotated(type, "NonNull")) {
			return Nullness.NON_NULL;
		}
		if (type instanceof AnnotatedWildcardType wildcard) {
			AnnotatedType[] bounds = wildcard.getAnnotatedUpperBounds();
			return (bounds.length == 1) ? ofElement(bounds[0], marked) : Nullness.UNSPECIFIED;
		}
		// The type in the place of a variable has a nullness of its own.
		return (marked && !(type instanceof AnnotatedTypeVariable)) ? Nullness.NON_NULL : Nullness.UNSPECIFIED;
	}

	/**
	 * Whether types that are declared somewhere are not nullable where nothing else is
	 * said.
	 * @param member a member of a class
	 * @return {@code true} where {@code NullMarked} holds
	 */
	public static boolean isMarked(Member member) {
		if (member instanceof AnnotatedElement element && element.isAnnotationPresent(NullUnmarked.class)) {
			return false;
		}
		if (member instanceof AnnotatedElement element && element.isAnnotationPresent(NullMarked.class)) {
			return true;
		}
		for (Class<?> type = member.getDeclaringClass(); type != null; type = type.getEnclosingClass()) {
			if (type.isAnnotationPresent(NullUnmarked.class)) {
				return false;
			}
			if (type.isAnnotationPresent(NullMarked.class)) {
				return true;
			}
		}
		Package place = member.getDeclaringClass().getPackage();
		return place != null && !place.isAnnotationPresent(NullUnmarked.class)
				&& (place.isAnnotationPresent(NullMarked.class)
						|| member.getDeclaringClass().getModule().isAnnotationPresent(NullMarked.class));
	}

	/**
	 * Where the annotations of a property are.
	 * @param member a field, an accessor or a parameter
	 * @return the same as reflection has it
	 */
	public static AnnotatedElement element(AnnotatedMember member) {
		if (member instanceof AnnotatedParameter parameter
				&& parameter.getOwner().getMember() instanceof Executable executable) {
			return executable.getParameters()[parameter.getIndex()];
		}
		return (AnnotatedElement) member.getMember();
	}

	/**
	 * The type of a property with the annotations in it.
	 * @param member a field, an accessor or a parameter
	 * @return the type, or {@code null}
	 */
	public static @Nullable AnnotatedType type(AnnotatedMember member) {
		AnnotatedElement element = element(member);
		if (element instanceof Field field) {
			return field.getAnnotatedType();
		}
		if (element instanceof Parameter parameter) {
			return parameter.getAnnotatedType();
		}
		if (element instanceof Method method) {
			return (method.getParameterCount() == 0) ? method.getAnnotatedReturnType()
					: method.getAnnotatedParameterTypes()[0];
		}
		return null;
	}

}
