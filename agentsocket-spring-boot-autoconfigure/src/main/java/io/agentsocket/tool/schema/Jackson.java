package io.agentsocket.tool.schema;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.codec.declared.Nullability;
import io.agentsocket.codec.declared.UsedProperties;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.introspect.AnnotatedAndMetadata;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedWithParams;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ClassIntrospector;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.ser.BeanPropertyWriter;
import tools.jackson.databind.ser.PropertyWriter;
import tools.jackson.databind.util.NameTransformer;

import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Jackson's knowledge of the types of arguments and results.
 */
public final class Jackson {

	private Jackson() {
	}

	/**
	 * How Jackson sees a type.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return its description, not that of its builder
	 */
	public static BeanDescription describe(ObjectMapper mapper, JavaType type, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		ClassIntrospector introspector = config.classIntrospectorInstance();
		AnnotatedClass annotations = introspector.introspectClassAnnotations(type);
		return read ? introspector.introspectForDeserialization(type, annotations)
				: introspector.introspectForSerialization(type, annotations);
	}

	/**
	 * The properties of a type, without those that it tells Jackson to ignore.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return the properties, those that cannot be read or written among them
	 */
	static List<BeanPropertyDefinition> properties(ObjectMapper mapper, JavaType type, boolean read) {
		return UsedProperties.of(read ? mapper.deserializationConfig() : mapper.serializationConfig(), type);
	}

	/**
	 * The property that stands behind a member of a class.
	 * @param description the class
	 * @param internalName name in the source
	 * @return the property, or {@code null} when Jackson ignores it
	 */
	public static @Nullable BeanPropertyDefinition property(BeanDescription description, String internalName) {
		return property(description.findProperties(), internalName);
	}

	/**
	 * The property that stands behind a member of a class.
	 * @param properties properties of the class
	 * @param internalName name in the source
	 * @return the property, or {@code null} when it is not among them
	 */
	static @Nullable BeanPropertyDefinition property(List<BeanPropertyDefinition> properties, String internalName) {
		for (BeanPropertyDefinition property : properties) {
			if (property.getInternalName().equals(internalName)
					|| property.getField() != null && property.getField().getName().equals(internalName)) {
				return property;
			}
		}
		return null;
	}

	/**
	 * The type that is read or written in the place of another.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return the type of the single value that stands for it, or {@code null}
	 */
	static @Nullable JavaType replacement(ObjectMapper mapper, JavaType type, boolean read) {
		BeanDescription description = describe(mapper, type, read);
		AnnotatedMember value = description.findJsonValueAccessor();
		if (!read) {
			return (value != null) ? value.getType() : null;
		}
		JavaType delegate = delegate(description.getConstructorsWithMode());
		if (delegate == null) {
			delegate = delegate(description.getFactoryMethodsWithMode());
		}
		return (delegate == null && value != null) ? value.getType() : delegate;
	}

	/**
	 * The single value that an object is written as.
	 * @param mapper the mapper
	 * @param type a type
	 * @return what gives it, or {@code null} when its properties are written
	 */
	static @Nullable AnnotatedMember value(ObjectMapper mapper, JavaType type) {
		return describe(mapper, type, false).findJsonValueAccessor();
	}

	/**
	 * Whether a property is the single value that an object is read from and written as,
	 * so that it has no name.
	 * @param mapper the mapper
	 * @param type a type
	 * @param internalName name of the property in the source
	 */
	public static boolean isValue(ObjectMapper mapper, JavaType type, String internalName) {
		AnnotatedMember value = value(mapper, type);
		return value != null && ElementConstraints.propertyName(value.getMember()).equals(internalName)
				&& value.getType().equals(replacement(mapper, type, true));
	}

	private static <T extends AnnotatedWithParams> @Nullable JavaType delegate(
			List<AnnotatedAndMetadata<T, JsonCreator.Mode>> creators) {
		for (AnnotatedAndMetadata<T, JsonCreator.Mode> creator : creators) {
			if (creator.metadata == JsonCreator.Mode.DELEGATING && creator.annotated.getParameterCount() == 1) {
				return creator.annotated.getParameterType(0);
			}
		}
		return null;
	}

	/**
	 * Whether a type takes properties that it does not declare.
	 * @param mapper the mapper
	 * @param type a type
	 * @return {@code true} with an any-setter or when unknown ones are to be ignored
	 */
	public static boolean isOpen(ObjectMapper mapper, JavaType type) {
		if (type.isMapLikeType()) {
			return true;
		}
		BeanDescription description = UsedProperties.reader(mapper.deserializationConfig(), type);
		JsonIgnoreProperties.Value ignorals = mapper.deserializationConfig()
			.getDefaultPropertyIgnorals(description.getBeanClass(), description.getClassInfo());
		return description.findAnySetterAccessor() != null || ignorals != null && ignorals.getIgnoreUnknown();
	}

	/**
	 * Whether a type is read from an object whose properties it declares.
	 * @param mapper the mapper
	 * @param type a type
	 * @return {@code true} for records and beans
	 */
	public static boolean isBean(ObjectMapper mapper, JavaType type) {
		Class<?> raw = type.getRawClass();
		String name = raw.getName().toLowerCase(Locale.ROOT);
		if (type.isContainerType() || type.isReferenceType() || raw.isPrimitive() || raw.isEnum() || type.isAbstract()
				|| name.startsWith("java.") || name.startsWith("kotlin.") || name.startsWith("tools.jackson.")) {
			return false;
		}
		return replacement(mapper, type, true) == null && !describe(mapper, type, true).findProperties().isEmpty()
				&& ScalarTypes.of(mapper, type).isEmpty();
	}

	/**
	 * A type as Jackson has it.
	 * @param mapper the mapper
	 * @param type the type as the generator of schemas has it
	 * @return the same type
	 */
	static JavaType javaType(ObjectMapper mapper, ResolvedType type) {
		return mapper.constructType(reflected(type));
	}

	private static Type reflected(ResolvedType type) {
		Class<?> raw = type.getErasedType();
		List<ResolvedType> parameters = type.getTypeParameters();
		if (parameters.isEmpty() || raw.isArray() || parameters.size() != raw.getTypeParameters().length) {
			return raw;
		}
		return ResolvableType
			.forClassWithGenerics(raw,
					parameters.stream()
						.map((parameter) -> ResolvableType.forType(reflected(parameter)))
						.toArray(ResolvableType[]::new))
			.getType();
	}

	/**
	 * A type as reflection has it.
	 * @param type the type as Jackson has it
	 * @return the same type
	 */
	static Type reflected(JavaType type) {
		Class<?> raw = type.getRawClass();
		int count = type.containedTypeCount();
		if (count == 0 || raw.isArray() || count != raw.getTypeParameters().length) {
			return raw;
		}
		ResolvableType[] parameters = new ResolvableType[count];
		for (int i = 0; i < count; i++) {
			parameters[i] = ResolvableType.forType(reflected(type.containedType(i)));
		}
		return ResolvableType.forClassWithGenerics(raw, parameters).getType();
	}

	/**
	 * Whether code of the application or of another module reads or writes a type, so
	 * that its form is not known.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return {@code false} for types that Jackson handles by itself
	 */
	static boolean isForeign(ObjectMapper mapper, JavaType type, boolean read) {
		try {
			Object found = read ? Readers.of(mapper, type) : writer(mapper, type);
			return !(found instanceof BeanDeserializerBase) && !found.getClass().getName().startsWith("tools.jackson.");
		}
		catch (JacksonException ex) {
			// Cannot be read at all, which is reported elsewhere.
			return false;
		}
	}

	/** The serializer that writes a type in the end. */
	static ValueSerializer<?> writer(ObjectMapper mapper, JavaType type) {
		ValueSerializer<?> writer = mapper._serializationContext().findValueSerializer(type);
		while (Readers.isOwn(writer) && writer.getDelegatee() != null) {
			writer = writer.getDelegatee();
		}
		return writer;
	}

	/**
	 * The simple type of JSON that a type is written as.
	 * @param mapper the mapper
	 * @param type a type
	 * @return its name in JSON Schema, or {@code null}
	 */
	static @Nullable String written(ObjectMapper mapper, JavaType type) {
		try {
			SerializationContext context = mapper._serializationContext();
			return WrittenForm.of(context.findValueSerializer(type), type, context);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * The simple type of JSON that a property is written as.
	 * @param mapper the mapper
	 * @param type the type that has the property
	 * @param name name of the property
	 * @return its name in JSON Schema, or {@code null}
	 */
	static @Nullable String written(ObjectMapper mapper, JavaType type, String name) {
		try {
			SerializationContext context = mapper._serializationContext();
			Iterator<PropertyWriter> properties = context.findValueSerializer(type).properties();
			while (properties.hasNext()) {
				if (properties.next() instanceof BeanPropertyWriter property && property.getName().equals(name)) {
					ValueSerializer<?> serializer = property.getSerializer();
					return WrittenForm.of(
							(serializer != null) ? serializer
									: context.findPrimaryPropertySerializer(property.getType(), property),
							property.getType(), context);
				}
			}
		}
		catch (JacksonException ex) {
			// Cannot be written at all, which is no matter for arguments.
		}
		return null;
	}

	/**
	 * Whether properties of another object are among those of a type.
	 * @param mapper the mapper
	 * @param type a type
	 * @return {@code true} if a property is unwrapped
	 */
	static boolean hasUnwrapped(ObjectMapper mapper, JavaType type) {
		// Only the other direction knows of a parameter of a constructor.
		return hasUnwrapped(mapper, type, true) || hasUnwrapped(mapper, type, false);
	}

	private static boolean hasUnwrapped(ObjectMapper mapper, JavaType type, boolean read) {
		return describe(mapper, type, read).findProperties()
			.stream()
			.anyMatch((property) -> unwrapped(mapper, property, read) != null);
	}

	/**
	 * Which names the properties of an object have among those of a type.
	 * @param mapper the mapper
	 * @param type a type
	 * @param internalName name of the object in the source
	 * @return their names, or {@code null} when it is no property that is unwrapped
	 */
	public static @Nullable NameTransformer unwrapped(ObjectMapper mapper, JavaType type, String internalName) {
		for (boolean read : new boolean[] { true, false }) {
			BeanPropertyDefinition property = property(describe(mapper, type, read), internalName);
			NameTransformer names = (property != null) ? unwrapped(mapper, property, read) : null;
			if (names != null) {
				return names;
			}
		}
		return null;
	}

	private static @Nullable NameTransformer unwrapped(ObjectMapper mapper, BeanPropertyDefinition property,
			boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		AnnotatedMember member = property.getPrimaryMember();
		return (member != null) ? config.getAnnotationIntrospector().findUnwrappingNameTransformer(config, member)
				: null;
	}

	/**
	 * The types that a value of a polymorphic type may have beside it.
	 * @param mapper the mapper
	 * @param type a type
	 * @return the subtypes that Jackson knows, empty if the type is not polymorphic
	 */
	public static List<JavaType> subtypes(ObjectMapper mapper, JavaType type) {
		DeserializationConfig config = mapper.deserializationConfig();
		AnnotatedClass annotations = describe(mapper, type, true).getClassInfo();
		JsonTypeInfo.Value info = config.getAnnotationIntrospector().findPolymorphicTypeInfo(config, annotations);
		if (info == null) {
			return List.of();
		}
		Stream<? extends Class<?>> named = config.getSubtypeResolver()
			.collectAndResolveSubtypesByTypeId(config, annotations)
			.stream()
			.map(NamedType::getType);
		return Stream.<Class<?>>concat(named, Stream.ofNullable(info.getDefaultImpl()))
			.distinct()
			.filter((subtype) -> subtype != type.getRawClass() && type.getRawClass().isAssignableFrom(subtype))
			.map((subtype) -> mapper.getTypeFactory().constructSpecializedType(type, subtype))
			.toList();
	}

	/**
	 * Whether a type is read from an array.
	 * @param mapper the mapper
	 * @param type a type with properties
	 * @return {@code true} when it says so itself
	 */
	static boolean isRow(ObjectMapper mapper, JavaType type) {
		MapperConfig<?> config = mapper.deserializationConfig();
		JsonFormat.Value format = config.getAnnotationIntrospector()
			.findFormat(config, describe(mapper, type, true).getClassInfo());
		return format != null && format.getShape() == JsonFormat.Shape.ARRAY;
	}

	/**
	 * Other texts that constants of an enum are read from.
	 * @param mapper the mapper
	 * @param type the enum
	 * @return the texts
	 */
	static List<String> aliases(ObjectMapper mapper, Class<?> type) {
		MapperConfig<?> config = mapper.deserializationConfig();
		Enum<?>[] constants = (Enum<?>[]) type.getEnumConstants();
		String[][] aliases = new String[constants.length][];
		config.getAnnotationIntrospector()
			.findEnumAliases(config, describe(mapper, mapper.constructType(type), true).getClassInfo(), constants,
					aliases);
		return Arrays.stream(aliases).filter(Objects::nonNull).flatMap(Arrays::stream).toList();
	}

	/**
	 * How a key of a map is written.
	 * @param mapper the mapper
	 * @param type declared type of the keys; {@link Object} when nothing is known
	 * @param key the key
	 * @return its name, or empty when there is none
	 */
	public static Optional<String> key(ObjectMapper mapper, JavaType type, Object key) {
		JavaType map = mapper.getTypeFactory().constructMapType(Map.class, type, mapper.constructType(Object.class));
		try {
			JsonNode written = mapper.readTree(mapper.writerFor(map).writeValueAsBytes(Map.of(key, true)));
			return written.propertyNames().stream().findFirst();
		}
		catch (JacksonException ex) {
			return Optional.empty();
		}
	}

	/** Whether values are numbers which a format can make texts. */
	static boolean isNumber(JavaType type) {
		Class<?> raw = ClassUtils.resolvePrimitiveIfNecessary(type.getRawClass());
		return Number.class.isAssignableFrom(raw) && raw != AtomicInteger.class && raw != AtomicLong.class;
	}

	/**
	 * Where the annotations of a property are.
	 * @param property the property
	 * @param member its primary member
	 * @return its field, or else that member
	 */
	static AnnotatedElement annotations(BeanPropertyDefinition property, AnnotatedMember member) {
		AnnotatedField field = property.getField();
		return Nullability.element((field != null) ? field : member);
	}

}
