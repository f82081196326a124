package io.agentsocket.codec.declared;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import kotlin.reflect.KFunction;
import kotlin.reflect.KParameter;
import kotlin.reflect.KProperty;
import kotlin.reflect.KType;
import kotlin.reflect.jvm.ReflectJvmMapping;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

import org.springframework.core.KotlinDetector;

/**
 * Which containers in a type of Kotlin have elements that may be {@code null}, as in
 * {@code List<Int?>}. Reflection of Java does not show it.
 */
public final class KotlinTypes {

	private KotlinTypes() {
	}

	/**
	 * The containers in the type of a parameter.
	 * @param executable a method or constructor
	 * @param index index of its parameter
	 * @param type the same type as Jackson has it
	 * @return the types of the containers, empty if it is not Kotlin
	 */
	public static Set<JavaType> nullableElements(Executable executable, int index, JavaType type) {
		return isKotlin(executable.getDeclaringClass()) ? Functions.nullableElements(executable, index, type)
				: Set.of();
	}

	/**
	 * The containers in the return value of a method.
	 * @param method a method
	 * @param item whether it returns a stream or future of the value
	 * @param type type of the value as Jackson has it
	 * @return the types of the containers, empty if it is not Kotlin
	 */
	public static Set<JavaType> nullableElements(Method method, boolean item, JavaType type) {
		return isKotlin(method.getDeclaringClass()) ? Functions.nullableElements(method, item, type) : Set.of();
	}

	/**
	 * The containers in the type of a property.
	 * @param field the field behind it
	 * @param type the same type as Jackson has it
	 * @return the types of the containers, empty if it is not Kotlin
	 */
	public static Set<JavaType> nullableElements(Field field, JavaType type) {
		return isKotlin(field.getDeclaringClass()) ? Functions.nullableElements(field, type) : Set.of();
	}

	/**
	 * The containers in the type of a property.
	 * @param owner the class that has it
	 * @param name name of the property in the source
	 * @param type the same type as Jackson has it
	 * @return the types of the containers, empty if it is not Kotlin
	 */
	public static Set<JavaType> nullableElements(Class<?> owner, String name, JavaType type) {
		if (!isKotlin(owner)) {
			return Set.of();
		}
		try {
			return Functions.nullableElements(owner.getDeclaredField(name), type);
		}
		catch (NoSuchFieldException ex) {
			return Set.of();
		}
	}

	/**
	 * Whether a type is or contains a class that is written in Kotlin.
	 * @param type the type
	 * @return {@code false} for types of the standard libraries
	 */
	public static boolean isIn(JavaType type) {
		Class<?> raw = type.getRawClass();
		if (!raw.isEnum() && !raw.getName().startsWith("kotlin.") && KotlinDetector.isKotlinType(raw)) {
			return true;
		}
		return type.getContentType() != null && isIn(type.getContentType());
	}

	/**
	 * Whether a class is written in Kotlin, and its types can be looked at.
	 * @param type a class
	 * @return {@code false} without Kotlin's reflection
	 */
	public static boolean isKotlin(Class<?> type) {
		return KotlinDetector.isKotlinReflectPresent() && KotlinDetector.isKotlinType(type);
	}

	private static final class Functions {

		private Functions() {
		}

		static Set<JavaType> nullableElements(Executable executable, int index, JavaType type) {
			KFunction<?> function = (executable instanceof Method method) ? ReflectJvmMapping.getKotlinFunction(method)
					: ReflectJvmMapping.getKotlinFunction((Constructor<?>) executable);
			if (function == null) {
				return Set.of();
			}
			List<KParameter> parameters = function.getParameters()
				.stream()
				.filter((parameter) -> parameter.getKind() == KParameter.Kind.VALUE)
				.toList();
			if (index >= parameters.size()) {
				return Set.of();
			}
			return collect(parameters.get(index).getType(), type);
		}

		static Set<JavaType> nullableElements(Method method, boolean item, JavaType type) {
			KFunction<?> function = ReflectJvmMapping.getKotlinFunction(method);
			KType returned = (function != null) ? function.getReturnType() : null;
			if (returned != null && item && !returned.getArguments().isEmpty()) {
				returned = returned.getArguments().get(0).getType();
			}
			return (returned != null) ? collect(returned, type) : Set.of();
		}

		static Set<JavaType> nullableElements(Field field, JavaType type) {
			KProperty<?> property = ReflectJvmMapping.getKotlinProperty(field);
			return (property != null) ? collect(property.getReturnType(), type) : Set.of();
		}

		private static Set<JavaType> collect(KType declared, JavaType type) {
			Set<JavaType> nullable = new HashSet<>();
			collect(declared, type, nullable);
			return nullable;
		}

		private static void collect(KType declared, @Nullable JavaType type, Set<JavaType> nullable) {
			int count = declared.getArguments().size();
			KType element = (count > 0) ? declared.getArguments().get(count - 1).getType() : null;
			if (element == null || type == null || type.getContentType() == null) {
				return;
			}
			if (element.isMarkedNullable() && type.isContainerType()) {
				nullable.add(type);
			}
			collect(element, type.getContentType(), nullable);
		}

	}

}
