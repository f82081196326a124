package io.agentsocket.tool;

import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedAndMetadata;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedWithParams;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ClassIntrospector;
import tools.jackson.databind.module.SimpleModule;

/**
 * What Jackson knows about types of arguments and results.
 */
final class Jackson {

	private Jackson() {
	}

	/**
	 * A mapper for arguments.
	 * @param mapper the mapper of a codec
	 * @return the mapper with {@link RecordRules}
	 */
	static ObjectMapper forArguments(ObjectMapper mapper) {
		return withRules(mapper, new RecordRules(true));
	}

	/**
	 * A mapper that knows what must be given in values that a codec reads by itself.
	 * @param mapper a mapper that is configured like that of the codec
	 * @return the mapper with {@link RecordRules}, but without their names
	 */
	static ObjectMapper forValues(ObjectMapper mapper) {
		return withRules(mapper, new RecordRules(false));
	}

	private static ObjectMapper withRules(ObjectMapper mapper, RecordRules rules) {
		SimpleModule module = new SimpleModule("agentsocket-arguments") {

			private static final long serialVersionUID = 1L;

			@Override
			public void setupModule(SetupContext context) {
				super.setupModule(context);
				context.insertAnnotationIntrospector(rules);
			}

		};
		return mapper.rebuild().addModule(module).build();
	}

	static BeanDescription describe(ObjectMapper mapper, JavaType type, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		ClassIntrospector introspector = config.classIntrospectorInstance();
		AnnotatedClass annotations = introspector.introspectClassAnnotations(type);
		return read ? introspector.introspectForDeserialization(type, annotations)
				: introspector.introspectForSerialization(type, annotations);
	}

	/**
	 * The property that stands behind a member of a class.
	 * @param description the class
	 * @param internalName name in the source
	 * @return the property, or {@code null} when Jackson ignores it
	 */
	static @Nullable BeanPropertyDefinition property(BeanDescription description, String internalName) {
		for (BeanPropertyDefinition property : description.findProperties()) {
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
	static boolean isOpen(ObjectMapper mapper, JavaType type) {
		if (type.isMapLikeType()) {
			return true;
		}
		BeanDescription description = describe(mapper, type, true);
		JsonIgnoreProperties.Value ignorals = mapper.deserializationConfig()
			.getDefaultPropertyIgnorals(type.getRawClass(), description.getClassInfo());
		return description.findAnySetterAccessor() != null || ignorals != null && ignorals.getIgnoreUnknown();
	}

	/**
	 * Whether a type is read from an object whose properties it declares.
	 * @param mapper the mapper
	 * @param type a type
	 * @return {@code true} for records and beans
	 */
	static boolean isBean(ObjectMapper mapper, JavaType type) {
		Class<?> raw = type.getRawClass();
		String name = raw.getName().toLowerCase(Locale.ROOT);
		if (type.isContainerType() || type.isReferenceType() || raw.isPrimitive() || raw.isEnum() || type.isAbstract()
				|| name.startsWith("java.") || name.startsWith("kotlin.") || name.startsWith("tools.jackson.")) {
			return false;
		}
		return replacement(mapper, type, true) == null && !describe(mapper, type, true).findProperties().isEmpty();
	}

}
