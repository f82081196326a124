package io.agentsocket.autoconfigure.aot;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import com.fasterxml.jackson.annotation.JacksonAnnotation;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Hints for types that Jackson reads or writes, and for all types that values of them can
 * have in them: of properties, of elements, of creators, the permitted types of a sealed
 * one, and the subtypes that annotations name. Spring's registrar decides which members
 * of one class are used; it does not know subtypes, nor what only a constructor takes.
 * Used by one thread.
 */
final class ValueTypeHints {

	/** Types of these are values that Jackson knows, or no values at all. */
	private static final List<String> KNOWN = List.of("java.", "javax.", "jdk.", "sun.", "kotlin.", "kotlinx.",
			"reactor.", "org.reactivestreams.", "org.springframework.core.", "org.springframework.security.",
			"tools.jackson.", "com.fasterxml.jackson.");

	private final BindingReflectionHintsRegistrar binding = new BindingReflectionHintsRegistrar();

	private final ReflectionHints hints;

	private final Set<Type> seen = new HashSet<>();

	ValueTypeHints(ReflectionHints hints) {
		this.hints = hints;
	}

	/**
	 * Register a type and all that it leads to.
	 * @param type the type, whose variables stand for their bounds
	 */
	void register(Type type) {
		if (!this.seen.add(type)) {
			return;
		}
		if (type instanceof Class<?> raw) {
			registerClass(raw);
		}
		else if (type instanceof ParameterizedType parameterized) {
			register(parameterized.getRawType());
			registerAll(parameterized.getActualTypeArguments());
		}
		else if (type instanceof GenericArrayType array) {
			register(array.getGenericComponentType());
		}
		else if (type instanceof WildcardType wildcard) {
			registerAll(wildcard.getUpperBounds());
			registerAll(wildcard.getLowerBounds());
		}
		else if (type instanceof TypeVariable<?> variable) {
			registerAll(variable.getBounds());
		}
	}

	private void registerAll(Type[] types) {
		for (Type type : types) {
			register(type);
		}
	}

	private void registerClass(Class<?> type) {
		if (type.isArray()) {
			// Jackson makes arrays by their type.
			this.hints.registerType(type);
			register(type.getComponentType());
			return;
		}
		if (type.isPrimitive() || KNOWN.stream().anyMatch(type.getName()::startsWith)) {
			return;
		}
		this.binding.registerReflectionHints(this.hints, type);
		if (type.getGenericSuperclass() != null) {
			register(type.getGenericSuperclass());
		}
		registerAll(type.getGenericInterfaces());
		registerSubtypes(type);
		for (Field field : type.getDeclaredFields()) {
			if (!Modifier.isStatic(field.getModifiers())) {
				register(field.getGenericType());
			}
		}
		for (Executable constructor : type.getDeclaredConstructors()) {
			registerAll(constructor.getGenericParameterTypes());
		}
		for (Method method : type.getDeclaredMethods()) {
			registerProperty(method);
		}
	}

	private void registerSubtypes(Class<?> type) {
		if (type.isSealed()) {
			registerAll(type.getPermittedSubclasses());
		}
		JsonSubTypes subtypes = type.getDeclaredAnnotation(JsonSubTypes.class);
		if (subtypes != null) {
			Arrays.stream(subtypes.value()).map(JsonSubTypes.Type::value).forEach(this::register);
		}
		MergedAnnotations.from(type, SearchStrategy.DIRECT)
			.stream()
			.filter(ValueTypeHints::isJackson)
			.forEach(this::registerNamed);
	}

	/** Classes that an annotation names: a default type, a builder, another type. */
	private void registerNamed(MergedAnnotation<?> annotation) {
		for (Object value : annotation.asMap().values()) {
			if (value instanceof Class<?> named) {
				register(named);
			}
		}
	}

	private void registerProperty(Method method) {
		boolean creator = method.isAnnotationPresent(JsonCreator.class);
		if (creator || (method.getName().startsWith("set") && method.getParameterCount() == 1)) {
			registerAll(method.getGenericParameterTypes());
		}
		if (!Modifier.isStatic(method.getModifiers()) && method.getParameterCount() == 0
				&& (isGetter(method) || MergedAnnotations.from(method).stream().anyMatch(ValueTypeHints::isJackson))) {
			register(method.getGenericReturnType());
		}
	}

	private static boolean isJackson(MergedAnnotation<?> annotation) {
		return MergedAnnotations.from(annotation.getType()).isPresent(JacksonAnnotation.class);
	}

	private static boolean isGetter(Method method) {
		return method.getName().startsWith("get") || method.getName().startsWith("is")
				|| method.getDeclaringClass().isRecord();
	}

}
