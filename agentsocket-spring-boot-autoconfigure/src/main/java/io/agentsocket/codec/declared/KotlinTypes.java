package io.agentsocket.codec.declared;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import kotlin.jvm.JvmClassMappingKt;
import kotlin.reflect.KFunction;
import kotlin.reflect.KParameter;
import kotlin.reflect.KProperty;
import kotlin.reflect.KType;
import kotlin.reflect.full.KClasses;
import kotlin.reflect.jvm.ReflectJvmMapping;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;

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

	/**
	 * Whether a parameter of a constructor of Kotlin has a default value. The constructor
	 * that Java sees of a class with value classes is another one.
	 * @param constructor the constructor as Java sees it
	 * @param index index of its parameter
	 * @return {@code false} without Kotlin's reflection
	 */
	static boolean isOptional(Constructor<?> constructor, int index) {
		return MethodParameter.forExecutable(constructor, index).isOptional()
				|| isKotlin(constructor.getDeclaringClass()) && Functions.isOptional(constructor, index);
	}

	/**
	 * Whether a property may be {@code null} as Kotlin says it.
	 * @param owner the class that has it
	 * @param name name of the property in the source
	 * @return {@code false} if it is not Kotlin
	 */
	public static boolean isNullable(Class<?> owner, String name) {
		try {
			return isKotlin(owner) && Nullness.forField(owner.getDeclaredField(name)) == Nullness.NULLABLE;
		}
		catch (NoSuchFieldException ex) {
			return false;
		}
	}

	/**
	 * The type that a value class of Kotlin stands for, as which Jackson reads and writes
	 * it.
	 * @param type a class
	 * @return type of the value that it holds, or {@code null} for any other class
	 */
	public static @Nullable Type held(Class<?> type) {
		if (!KotlinDetector.isKotlinType(type) || Arrays.stream(type.getAnnotations())
			.noneMatch((annotation) -> annotation.annotationType().getName().equals("kotlin.jvm.JvmInline"))) {
			return null;
		}
		return Arrays.stream(type.getDeclaredFields())
			.filter((field) -> !Modifier.isStatic(field.getModifiers()))
			.findFirst()
			.map(Field::getGenericType)
			.orElse(null);
	}

	private static final class Functions {

		private Functions() {
		}

		static boolean isOptional(Constructor<?> constructor, int index) {
			KFunction<?> primary = (ReflectJvmMapping.getKotlinFunction(constructor) == null)
					? KClasses.getPrimaryConstructor(JvmClassMappingKt.getKotlinClass(constructor.getDeclaringClass()))
					: null;
			return primary != null && index < primary.getParameters().size()
					&& primary.getParameters().get(index).isOptional();
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
