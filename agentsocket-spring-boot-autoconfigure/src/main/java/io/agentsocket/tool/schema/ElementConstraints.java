package io.agentsocket.tool.schema;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

import io.agentsocket.codec.declared.Nullability;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * Constraints that a validator finds in other places than the one that Jackson uses: on
 * the field and the getter of a property, on the parameter of an interface, on the single
 * value of a type.
 */
final class ElementConstraints {

	private ElementConstraints() {
	}

	/**
	 * Add the constraints of the elements of a property that a setter takes.
	 * @param type the class that has the property
	 * @param property the property
	 * @param node its schema
	 */
	static void add(Class<?> type, BeanPropertyDefinition property, ObjectNode node) {
		Field field = ReflectionUtils.findField(type, property.getInternalName());
		if (field != null) {
			add(field.getAnnotatedType(), node);
		}
		if (property.getGetter() != null) {
			add(property.getGetter().getAnnotated().getAnnotatedReturnType(), node);
		}
	}

	/**
	 * Add the constraints of a single value that stands for an object.
	 * @param member gives the value
	 * @param node schema of the value
	 */
	static void add(AnnotatedMember member, ObjectNode node) {
		ConstraintKeywords.add(Nullability.element(member), node);
		AnnotatedType type = Nullability.type(member);
		if (type != null) {
			add(type, node);
		}
		Field field = (member.getMember() instanceof Method)
				? ReflectionUtils.findField(member.getDeclaringClass(), propertyName(member.getMember())) : null;
		if (field != null) {
			ConstraintKeywords.add(field, node);
			add(field.getAnnotatedType(), node);
		}
	}

	/**
	 * Name of the property that a member gives.
	 * @param member a field or getter
	 * @return its name for a validator
	 */
	static String propertyName(Member member) {
		String name = member.getName();
		return (member instanceof Method && name.length() > 3 && name.startsWith("get"))
				? StringUtils.uncapitalizeAsProperty(name.substring(3)) : name;
	}

	/**
	 * Add the constraints of elements that the parameter has in the methods that its
	 * method implements.
	 * @param parameter the parameter
	 * @param node its schema
	 */
	static void addInherited(MethodParameter parameter, ObjectNode node) {
		Method method = parameter.getMethod();
		if (method == null) {
			return;
		}
		for (Class<?> type : ClassUtils.getAllInterfacesForClass(parameter.getContainingClass())) {
			addOf(type, method, parameter, node);
		}
		for (Class<?> type = parameter.getContainingClass(); type != null; type = type.getSuperclass()) {
			addOf(type, method, parameter, node);
		}
	}

	private static void addOf(Class<?> type, Method method, MethodParameter parameter, ObjectNode node) {
		for (Method other : type.getDeclaredMethods()) {
			// A validator does not look into a type that a variable of the interface
			// changes.
			if (other.getName().equals(method.getName())
					&& Arrays.equals(other.getGenericParameterTypes(), method.getGenericParameterTypes())) {
				add(other.getAnnotatedParameterTypes()[parameter.getParameterIndex()], node);
			}
		}
	}

	private static void add(AnnotatedType type, ObjectNode node) {
		if (!(type instanceof AnnotatedParameterizedType parameterized)) {
			return;
		}
		ObjectNode container = NullSchemas.value(node);
		AnnotatedType[] arguments = parameterized.getAnnotatedActualTypeArguments();
		Class<?> raw = ResolvableType.forType(type.getType()).toClass();
		if (Map.class.isAssignableFrom(raw) && arguments.length == 2) {
			addToKeys(arguments[0], container);
			addTo(arguments[1], container.get("additionalProperties"));
		}
		else if (Collection.class.isAssignableFrom(raw) && arguments.length == 1) {
			addTo(arguments[0], container.get("items"));
		}
		else if (raw == Optional.class) {
			addTo(arguments[0], container);
		}
	}

	private static void addTo(AnnotatedType type, @Nullable Object element) {
		if (element instanceof ObjectNode node) {
			ConstraintKeywords.add((AnnotatedElement) type, NullSchemas.value(node));
			add(type, node);
		}
	}

	private static void addToKeys(AnnotatedType type, ObjectNode container) {
		ObjectNode names = (container.get("propertyNames") instanceof ObjectNode present) ? present
				: container.objectNode();
		names.put("type", "string");
		ConstraintKeywords.add(type, names);
		names.remove("type");
		if (!names.isEmpty()) {
			container.set("propertyNames", names);
		}
	}

}
