package io.agentsocket.method;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;

/**
 * Questions about generic types.
 */
public final class Types {

	private Types() {
	}

	/**
	 * Whether a type is or contains a variable, so that its meaning is not known.
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
	 * A type as its bounds tell it: a variable or wildcard in it stands for all that they
	 * allow.
	 * @param type a type
	 * @return the same without variables, {@code List<Object>} for {@code List<T>}
	 */
	public static Type bounded(Type type) {
		return bounded(type, new HashSet<>());
	}

	private static Type bounded(Type type, Set<Type> within) {
		if (type instanceof TypeVariable<?> variable) {
			// As in T extends Comparable<T>.
			if (!within.add(variable)) {
				return Object.class;
			}
			Type bound = bounded(variable.getBounds()[0], within);
			within.remove(variable);
			return bound;
		}
		if (type instanceof WildcardType wildcard) {
			return bounded(wildcard.getUpperBounds()[0], within);
		}
		if (type instanceof GenericArrayType array) {
			Type component = bounded(array.getGenericComponentType(), within);
			if (component instanceof Class<?> raw) {
				return raw.arrayType();
			}
			return component.equals(array.getGenericComponentType()) ? type : new ArrayOf(component);
		}
		if (type instanceof ParameterizedType parameterized) {
			Type[] declared = parameterized.getActualTypeArguments();
			Type[] known = Arrays.stream(declared).map((argument) -> bounded(argument, within)).toArray(Type[]::new);
			return Arrays.equals(known, declared) ? type
					: ResolvableType
						.forClassWithGenerics((Class<?>) parameterized.getRawType(),
								Arrays.stream(known).map(ResolvableType::forType).toArray(ResolvableType[]::new))
						.getType();
		}
		return type;
	}

	/**
	 * Upper bound of a wildcard.
	 * @param type a type
	 * @return its upper bound, or itself
	 */
	public static Type upperBound(Type type) {
		return (type instanceof WildcardType wildcard) ? wildcard.getUpperBounds()[0] : type;
	}

	/**
	 * An array whose component has arguments.
	 *
	 * @param getGenericComponentType the component
	 */
	private record ArrayOf(Type getGenericComponentType) implements GenericArrayType {
	}

}
