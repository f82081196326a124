package io.agentsocket.method;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;

/**
 * Questions about generic types.
 */
public final class Types {

	private Types() {
	}

	/**
	 * Whether a type is or contains a variable, so that nobody knows what it stands for.
	 * @param type the type
	 * @return {@code true} for {@code T} and {@code List<T>}
	 */
	public static boolean hasVariable(Type type) {
		if (type instanceof TypeVariable<?>) {
			return true;
		}
		if (type instanceof ParameterizedType parameterized) {
			for (Type argument : parameterized.getActualTypeArguments()) {
				if (hasVariable(argument)) {
					return true;
				}
			}
		}
		if (type instanceof GenericArrayType array) {
			return hasVariable(array.getGenericComponentType());
		}
		return type instanceof WildcardType wildcard && hasVariable(wildcard.getUpperBounds()[0]);
	}

	/**
	 * The type of a parameter, resolved against the class of the bean.
	 * @param parameter the parameter
	 * @return the type
	 */
	public static Type javaType(MethodParameter parameter) {
		return GenericTypeResolver.resolveType(parameter.getGenericParameterType(), parameter.getContainingClass());
	}

	/**
	 * Upper bound of a wildcard.
	 * @param type a type
	 * @return its upper bound, or itself
	 */
	public static Type upperBound(Type type) {
		return (type instanceof WildcardType wildcard) ? wildcard.getUpperBounds()[0] : type;
	}

}
