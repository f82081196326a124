package io.agentsocket.tool.schema;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ObjectNode;

/**
 * Names of subtypes that stand beside their value, as properties of the object that has
 * the value.
 */
final class ExternalNames {

	private ExternalNames() {
	}

	/**
	 * Add the properties with the names.
	 * @param mapper reads or writes the object
	 * @param description the object
	 * @param read whether it is read
	 * @param object its schema
	 */
	static void add(ObjectMapper mapper, BeanDescription description, boolean read, ObjectNode object) {
		for (BeanPropertyDefinition property : description.findProperties()) {
			JsonTypeInfo.Value info = object.path("properties").has(property.getName()) ? info(mapper, property, read)
					: null;
			if (info == null || info.getInclusionType() != JsonTypeInfo.As.EXTERNAL_PROPERTY) {
				continue;
			}
			String name = info.getPropertyName();
			name = (name == null || name.isEmpty()) ? info.getIdType().getDefaultPropertyName() : name;
			if (!object.path("properties").has(name)) {
				object.withObject("/properties").putObject(name).put("type", "string");
			}
		}
	}

	/**
	 * Only on a property, and not for its elements, a name may stand beside the value.
	 */
	private static JsonTypeInfo.@Nullable Value info(ObjectMapper mapper, BeanPropertyDefinition property,
			boolean read) {
		AnnotatedMember member = property.getPrimaryMember();
		JavaType type = property.getPrimaryType();
		if (member == null || type.isContainerType() || type.isReferenceType()) {
			return null;
		}
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		return config.getAnnotationIntrospector().findPolymorphicTypeInfo(config, member);
	}

}
