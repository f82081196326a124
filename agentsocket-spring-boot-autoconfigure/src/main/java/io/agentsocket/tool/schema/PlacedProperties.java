package io.agentsocket.tool.schema;

import java.util.Set;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.IgnorePropertiesUtil;

/**
 * The properties that a value has in one place only: a property of another type that
 * ignores or includes some of them by name.
 */
final class PlacedProperties {

	private final ObjectMapper mapper;

	private final boolean read;

	private final Set<String> ignored;

	private final @Nullable Set<String> included;

	private final boolean open;

	/**
	 * Look at a place.
	 * @param mapper reads or writes the value
	 * @param member the member of the property that has the value
	 * @param read whether it is read
	 */
	PlacedProperties(ObjectMapper mapper, AnnotatedMember member, boolean read) {
		this.mapper = mapper;
		this.read = read;
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		JsonIgnoreProperties.Value ignorals = annotations.findPropertyIgnoralByName(config, member);
		this.ignored = read ? ignorals.findIgnoredForDeserialization() : ignorals.findIgnoredForSerialization();
		this.included = annotations.findPropertyInclusionByName(config, member).getIncluded();
		this.open = ignorals.getIgnoreUnknown();
	}

	/**
	 * Say it in a schema.
	 * @param type type of the property
	 * @param node its schema
	 * @return {@code false} when the schema cannot say it
	 */
	boolean describe(JavaType type, ObjectNode node) {
		if (this.ignored.isEmpty() && this.included == null && !this.open) {
			return true;
		}
		ObjectNode value = NullSchemas.value(node);
		// The names in a map are keys, too.
		if (this.open || type.isMapLikeType()) {
			return false;
		}
		if (type.isContainerType()) {
			return value.get("items") instanceof ObjectNode items && describe(type.getContentType(), items);
		}
		if (!Jackson.isBean(this.mapper, type)) {
			return false;
		}
		if (value.get("properties") instanceof ObjectNode properties) {
			for (BeanPropertyDefinition property : Jackson.properties(this.mapper, type, this.read)) {
				if (isLeftOut(property)) {
					properties.remove(property.getName());
					remove(value, property.getName());
				}
			}
			return true;
		}
		// A definition that other places use as well may require what is not written
		// here.
		if (!this.read || !value.has("$ref")) {
			return false;
		}
		for (BeanPropertyDefinition property : Jackson.properties(this.mapper, type, true)) {
			if (isLeftOut(property) && property.couldDeserialize()) {
				value.withObject("/properties").put(property.getName(), false);
			}
		}
		return true;
	}

	private boolean isLeftOut(BeanPropertyDefinition property) {
		return IgnorePropertiesUtil.shouldIgnore(property.getName(), this.ignored, this.included);
	}

	private static void remove(ObjectNode object, String name) {
		if (object.get("required") instanceof ArrayNode required) {
			for (int i = required.size() - 1; i >= 0; i--) {
				if (required.get(i).asString("").equals(name)) {
					required.remove(i);
				}
			}
			if (required.isEmpty()) {
				object.remove("required");
			}
		}
	}

}
