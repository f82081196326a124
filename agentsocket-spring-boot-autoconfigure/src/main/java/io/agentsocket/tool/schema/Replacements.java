package io.agentsocket.tool.schema;

import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedMember;

/**
 * Annotations by which something else than a value itself is read or written in its
 * place.
 */
final class Replacements {

	private Replacements() {
	}

	/**
	 * Whether an annotation names code of the application that reads or writes a
	 * property.
	 * @param mapper the mapper
	 * @param member the property
	 * @param read whether it is read
	 * @return {@code false} for properties that Jackson handles by itself
	 */
	static boolean isConverted(ObjectMapper mapper, AnnotatedMember member, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		if (read) {
			return annotations.findDeserializer(config, member) != null
					|| annotations.findDeserializationConverter(config, member) != null
					|| annotations.findContentDeserializer(config, member) != null
					|| annotations.findDeserializationContentConverter(config, member) != null;
		}
		return annotations.findSerializer(config, member) != null
				|| annotations.findSerializationConverter(config, member) != null
				|| annotations.findContentSerializer(config, member) != null
				|| annotations.findSerializationContentConverter(config, member) != null;
	}

	/**
	 * Whether values of a type have ids, by which other places refer to them.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return {@code true} if an annotation says so
	 */
	static boolean hasIdentity(ObjectMapper mapper, JavaType type, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		return config.getAnnotationIntrospector()
			.findObjectIdInfo(config, Jackson.describe(mapper, type, read).getClassInfo()) != null;
	}

	/**
	 * Whether an annotation of a class names a conversion of its values.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return {@code true} if something else is read or written
	 */
	static boolean isConverted(ObjectMapper mapper, JavaType type, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		AnnotatedClass annotated = Jackson.describe(mapper, type, read).getClassInfo();
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		return (read ? annotations.findDeserializationConverter(config, annotated)
				: annotations.findSerializationConverter(config, annotated)) != null;
	}

}
