package io.agentsocket.tool;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.agentsocket.codec.declared.Nullability;
import io.agentsocket.tool.schema.ActiveConstraints;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.Jackson;
import io.agentsocket.tool.schema.ReadTypes;
import jakarta.validation.Constraint;
import jakarta.validation.Valid;
import jakarta.validation.Validator;
import jakarta.validation.metadata.BeanDescriptor;
import jakarta.validation.metadata.CascadableDescriptor;
import jakarta.validation.metadata.ContainerDescriptor;
import jakarta.validation.metadata.MethodDescriptor;
import jakarta.validation.metadata.ParameterDescriptor;
import jakarta.validation.metadata.PropertyDescriptor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.BeanPropertyDefinition;

/**
 * Looks for constraints that a validator does not check, since no {@code @Valid} leads to
 * the type that has them. The schema of the arguments publishes them all the same.
 */
final class UncheckedConstraints {

	private final Validator validator;

	private final ObjectMapper mapper;

	private final Set<JavaType> checked = new HashSet<>();

	private final Set<JavaType> unchecked = new HashSet<>();

	private UncheckedConstraints(Validator validator, ObjectMapper mapper) {
		this.validator = validator;
		this.mapper = mapper;
	}

	/**
	 * Whether there are such constraints in the types of arguments.
	 * @param validator knows the constraints
	 * @param mapper reads the types
	 * @param method the method, or {@code null} when the validator checks nothing of it
	 * @param arguments parameters that come from the caller
	 */
	static boolean isIn(Validator validator, ObjectMapper mapper, @Nullable MethodDescriptor method,
			List<BoundArgument> arguments) {
		UncheckedConstraints search = new UncheckedConstraints(validator, mapper);
		return arguments.stream().anyMatch((argument) -> {
			ParameterDescriptor parameter = (method != null) ? method.getParameterDescriptors().get(argument.index())
					: null;
			return search.isIn(argument.type(), argument.isWhole() || leadsOn(parameter));
		});
	}

	/**
	 * Whether a type, or one within it, has constraints.
	 * @param validator knows the constraints
	 * @param mapper reads the type
	 * @param type the type
	 */
	static boolean isIn(Validator validator, ObjectMapper mapper, Class<?> type) {
		return new UncheckedConstraints(validator, mapper).isIn(mapper.constructType(type), false);
	}

	/** Whether a type has a constraint where it is declared. */
	static boolean isConstrained(AnnotatedType type) {
		return Arrays.stream(type.getAnnotations())
			.anyMatch((annotation) -> annotation instanceof Valid
					|| annotation.annotationType().isAnnotationPresent(Constraint.class));
	}

	/**
	 * Whether the elements of a container are constrained, as in
	 * {@code List<@NotBlank String>}.
	 */
	static boolean hasConstrainedElements(AnnotatedType type) {
		if (!(type instanceof AnnotatedParameterizedType container)) {
			return false;
		}
		for (AnnotatedType element : container.getAnnotatedActualTypeArguments()) {
			if (isConstrained(element) || hasConstrainedElements(element)) {
				return true;
			}
		}
		return false;
	}

	private static <D extends CascadableDescriptor & ContainerDescriptor> boolean leadsOn(@Nullable D descriptor) {
		return descriptor != null && (descriptor.isCascaded()
				|| descriptor.getConstrainedContainerElementTypes().stream().anyMatch(UncheckedConstraints::leadsOn));
	}

	private boolean isIn(JavaType declared, boolean valid) {
		JavaType type = ReadTypes.of(this.mapper, declared);
		if (type.isContainerType() || type.isReferenceType()) {
			return type.getContentType() != null && isIn(type.getContentType(), valid);
		}
		Class<?> raw = type.getRawClass();
		if (type.isPrimitive() || type.isEnumType() || raw.getName().startsWith("java.")
				|| !(valid ? this.checked : this.unchecked).add(type)) {
			return false;
		}
		BeanDescriptor bean = this.validator.getConstraintsForClass(raw);
		if (!valid && bean.getConstrainedProperties().stream().anyMatch(UncheckedConstraints::isConstrained)) {
			return true;
		}
		for (BeanPropertyDefinition property : Jackson.describe(this.mapper, type, true).findProperties()) {
			if (!raw.isRecord() && isConstrainedInCreator(property) || isIn(ReadTypes.of(this.mapper, property),
					valid && leadsOn(bean.getConstraintsForProperty(property.getInternalName())))) {
				return true;
			}
		}
		return Jackson.subtypes(this.mapper, type).stream().anyMatch((subtype) -> isIn(subtype, valid));
	}

	/** A validator looks at the object, and not at what it is made from. */
	private static boolean isConstrainedInCreator(BeanPropertyDefinition property) {
		AnnotatedParameter parameter = property.getConstructorParameter();
		if (parameter == null) {
			return false;
		}
		AnnotatedType type = Nullability.type(parameter);
		return property.getField() == null && ActiveConstraints.areOn(Nullability.element(parameter))
				|| type != null && hasConstrainedElements(type);
	}

	private static boolean isConstrained(PropertyDescriptor property) {
		return property.hasConstraints() || !property.getConstrainedContainerElementTypes().isEmpty();
	}

}
