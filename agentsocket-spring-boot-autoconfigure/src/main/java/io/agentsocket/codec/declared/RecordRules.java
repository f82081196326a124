package io.agentsocket.codec.declared;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonManagedReference;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.agentsocket.annotation.AgentParam;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedMethod;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

import org.springframework.core.KotlinDetector;
import org.springframework.core.Nullness;

/**
 * Which properties must be given and may not be {@code null}, and which name the
 * components of a record have: the same rules as for the parameters of a tool. Given to
 * Jackson, so that reading enforces the schema.
 */
public final class RecordRules extends NopAnnotationIntrospector {

	private static final long serialVersionUID = 1L;

	private static final Set<Class<?>> OPTIONALS = Set.of(Optional.class, OptionalInt.class, OptionalLong.class,
			OptionalDouble.class);

	private final boolean names;

	private final Strictness strictness;

	/**
	 * Create rules.
	 * @param names whether {@code AgentParam} names components: so in arguments, but not
	 * in values that a codec reads by itself
	 * @param strictness how exactly values must fit
	 */
	RecordRules(boolean names, Strictness strictness) {
		this.names = names;
		this.strictness = strictness;
	}

	/**
	 * Whether a type has a value that stands for nothing.
	 * @param type a type
	 * @return {@code true} for {@code Optional} and its kin
	 */
	public static boolean isOptionalType(Class<?> type) {
		return OPTIONALS.contains(type);
	}

	/**
	 * Whether a component must be given.
	 * @param component a component of a record
	 * @return {@code false} when it is {@code Optional}, nullable or marked as optional
	 */
	public static boolean isRequired(RecordComponent component) {
		if (isOptionalType(component.getType()) || isNullable(component)) {
			return false;
		}
		Field field = field(component);
		AgentParam annotation = (field != null) ? field.getAnnotation(AgentParam.class) : null;
		return (annotation != null) ? annotation.required() : field == null || !ToolParamMarks.isOptional(field);
	}

	/**
	 * Whether a component is declared not to be {@code null}.
	 * @param component a component of a record
	 * @return {@code false} when it may be, or nothing is declared
	 */
	public static boolean excludesNull(RecordComponent component) {
		Field field = field(component);
		return isRequired(component)
				&& (component.getType().isPrimitive() || field != null && Nullness.forField(field) == Nullness.NON_NULL
						|| Nullness.forMethodReturnType(component.getAccessor()) == Nullness.NON_NULL);
	}

	/**
	 * Whether a property is declared not to be {@code null}.
	 * @param member the field, accessor or parameter that is used
	 * @return {@code false} when it may be, or nothing is declared
	 */
	public static boolean excludesNull(AnnotatedMember member) {
		RecordComponent component = component(member);
		if (component != null) {
			return excludesNull(component);
		}
		Class<?> type = valueType(member);
		return !isOptionalType(type) && (type.isPrimitive() || Nullability.of(member) == Nullness.NON_NULL);
	}

	private static boolean isNullable(RecordComponent component) {
		Field field = field(component);
		return field != null && Nullness.forField(field) == Nullness.NULLABLE
				|| Nullness.forMethodReturnType(component.getAccessor()) == Nullness.NULLABLE;
	}

	/**
	 * The component of a name.
	 * @param type a class
	 * @param name name of the component in the source
	 * @return the component, or {@code null} when it has none or is no record
	 */
	public static @Nullable RecordComponent component(Class<?> type, String name) {
		if (type.isRecord()) {
			for (RecordComponent component : type.getRecordComponents()) {
				if (component.getName().equals(name)) {
					return component;
				}
			}
		}
		return null;
	}

	private static @Nullable Field field(RecordComponent component) {
		try {
			return component.getDeclaringRecord().getDeclaredField(component.getName());
		}
		catch (NoSuchFieldException ex) {
			return null;
		}
	}

	@Override
	public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
		RecordComponent component = component(member);
		if (component == null) {
			return isRequiredInKotlin(member) ? Boolean.valueOf(!isLeftOut(config, member, null)) : null;
		}
		JsonProperty property = member.getAnnotation(JsonProperty.class);
		return (property != null && property.required())
				|| isNeeded(config, component) && !isLeftOut(config, member, component);
	}

	/** Written only when it is something, so that a missing one means nothing. */
	private static boolean isLeftOut(MapperConfig<?> config, Annotated annotated, @Nullable RecordComponent component) {
		if (!(annotated instanceof AnnotatedMember member) || isOptionalType(member.getRawType())
				|| component == null && !(annotated instanceof AnnotatedParameter)) {
			return false;
		}
		boolean nullable = (component != null) ? !isRequired(component) : Nullability.of(member) != Nullness.NON_NULL;
		return !nullable && Inclusions.leaveOut(config, member.getDeclaringClass(), member, member.getType());
	}

	private boolean isNeeded(MapperConfig<?> config, RecordComponent component) {
		if (isIgnored(component)) {
			return false;
		}
		if (this.strictness != Strictness.DECLARED) {
			return isRequired(component);
		}
		return !isZero(config, component.getType()) && excludesNull(component);
	}

	/** An application may want zero for a missing value. */
	private static boolean isZero(MapperConfig<?> config, Class<?> type) {
		return type.isPrimitive() && config instanceof DeserializationConfig reading
				&& !reading.isEnabled(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
	}

	/** Jackson never gives such a component a value, or one of no property. */
	private static boolean isIgnored(RecordComponent component) {
		JsonIgnoreProperties type = component.getDeclaringRecord().getAnnotation(JsonIgnoreProperties.class);
		if (type != null && !type.allowSetters() && List.of(type.value()).contains(component.getName())) {
			return true;
		}
		Field field = field(component);
		return field != null && (isIgnored(field) || field.isAnnotationPresent(JsonAnySetter.class))
				|| isIgnored(component.getAccessor());
	}

	private static boolean isIgnored(AnnotatedElement element) {
		JsonIgnore marker = element.getAnnotation(JsonIgnore.class);
		JsonProperty property = element.getAnnotation(JsonProperty.class);
		return marker != null && marker.value()
				|| property != null && property.access() == JsonProperty.Access.READ_ONLY;
	}

	@Override
	public JsonSetter.@Nullable Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
		// Jackson cannot do it for a property that refers back.
		if (annotated.hasAnnotation(JsonManagedReference.class)) {
			return super.findSetterInfo(config, annotated);
		}
		Nulls values = isLeftOut(config, annotated, component(annotated)) ? Nulls.AS_EMPTY
				: isNeverNull(config, annotated) ? Nulls.FAIL : Nulls.DEFAULT;
		// Jackson's module for Kotlin confuses elements with elements of elements.
		Nulls contents = (annotated instanceof AnnotatedMember member
				&& KotlinTypes.isKotlin(member.getDeclaringClass())) ? Nulls.SET : Nulls.DEFAULT;
		JsonSetter own = annotated.getAnnotation(JsonSetter.class);
		return JsonSetter.Value.construct(values, contents)
			.withOverrides((own != null) ? JsonSetter.Value.from(own) : JsonSetter.Value.empty());
	}

	private boolean isNeverNull(MapperConfig<?> config, Annotated annotated) {
		RecordComponent component = component(annotated);
		if (component != null) {
			return isNeeded(config, component);
		}
		// Nobody calls a setter for a missing value, and Kotlin requires its own.
		boolean zero = annotated instanceof AnnotatedParameter parameter && isZero(config, parameter.getRawType())
				&& !KotlinTypes.isKotlin(parameter.getDeclaringClass());
		return !zero && annotated instanceof AnnotatedMember member && !isOptionalType(valueType(member))
				&& Nullability.of(member) == Nullness.NON_NULL;
	}

	/** The type of a property, which a setter or the method of a builder takes. */
	private static Class<?> valueType(AnnotatedMember member) {
		return (member instanceof AnnotatedMethod method && method.getParameterCount() == 1)
				? method.getRawParameterType(0) : member.getRawType();
	}

	/** The constructor of a class in Kotlin says which parameters it needs. */
	private static boolean isRequiredInKotlin(AnnotatedMember member) {
		return member instanceof AnnotatedParameter parameter
				&& parameter.getOwner().getMember() instanceof Constructor<?> constructor
				&& KotlinDetector.isKotlinType(constructor.getDeclaringClass())
				&& !KotlinTypes.isOptional(constructor, parameter.getIndex());
	}

	@Override
	public @Nullable PropertyName findNameForDeserialization(MapperConfig<?> config, Annotated annotated) {
		RecordComponent component = this.names ? component(annotated) : null;
		AgentParam annotation = (component != null) ? annotated.getAnnotation(AgentParam.class) : null;
		return (annotation != null && !annotation.value().isEmpty()) ? PropertyName.construct(annotation.value())
				: null;
	}

	/**
	 * Whether a member stands for a component of a record.
	 * @param member a field, accessor or parameter
	 * @return {@code false} for a parameter of another constructor
	 */
	public static boolean isComponent(AnnotatedMember member) {
		return component(member) != null;
	}

	static @Nullable RecordComponent component(Annotated annotated) {
		if (annotated instanceof AnnotatedParameter parameter
				&& parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor
				&& constructor.getDeclaringClass().isRecord()) {
			return component(constructor, parameter.getIndex());
		}
		if (annotated instanceof AnnotatedField field) {
			return component(field.getDeclaringClass(), field.getName());
		}
		return (annotated instanceof AnnotatedMethod accessor && accessor.getParameterCount() == 0)
				? component(accessor.getDeclaringClass(), accessor.getName()) : null;
	}

	private static @Nullable RecordComponent component(Constructor<?> constructor, int index) {
		RecordComponent[] components = constructor.getDeclaringClass().getRecordComponents();
		Parameter[] parameters = constructor.getParameters();
		if (components.length != parameters.length) {
			return null;
		}
		for (int i = 0; i < components.length; i++) {
			if (components[i].getType() != parameters[i].getType()) {
				return null;
			}
		}
		return components[index];
	}

}
