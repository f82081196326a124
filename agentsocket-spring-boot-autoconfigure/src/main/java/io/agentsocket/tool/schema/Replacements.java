package io.agentsocket.tool.schema;

import java.util.List;

import com.fasterxml.jackson.annotation.ObjectIdGenerators;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ObjectIdInfo;
import tools.jackson.databind.node.ObjectNode;

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
		boolean content = read
				? annotations.findContentDeserializer(config, member) != null
						|| annotations.findDeserializationContentConverter(config, member) != null
				: annotations.findContentSerializer(config, member) != null
						|| annotations.findSerializationContentConverter(config, member) != null;
		return content || isConvertedItself(mapper, member, read);
	}

	/**
	 * Whether it reads or writes the property itself, and not its elements.
	 * @param mapper the mapper
	 * @param member the property
	 * @param read whether it is read
	 * @return {@code false} for properties that Jackson handles by itself
	 */
	static boolean isConvertedItself(ObjectMapper mapper, AnnotatedMember member, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		return read
				? annotations.findDeserializer(config, member) != null
						|| annotations.findDeserializationConverter(config, member) != null
				: annotations.findSerializer(config, member) != null
						|| annotations.findSerializationConverter(config, member) != null;
	}

	/**
	 * Code of the application reads or writes a property, or its elements: the form of
	 * the value, and whether it is text or a container, are all there is to know.
	 */
	static void describe(ObjectMapper mapper, ObjectNode node, @Nullable String own, BeanPropertyDefinition property,
			AnnotatedMember member, boolean read) {
		String before = NullSchemas.value(node).path("type").asString("");
		boolean container = !isConvertedItself(mapper, member, read)
				&& (before.equals("array") || before.equals("object"));
		String known = container ? before : own;
		JsonNode description = node.get("description");
		node.removeAll();
		if (description != null) {
			node.set("description", description);
		}
		if (known != null) {
			node.put("type", known);
			if (known.equals(before)) {
				ConstraintKeywords.add(Jackson.annotations(property, member), node);
			}
		}
	}

	/**
	 * Whether values of a type have ids, by which other places refer to them.
	 * @param mapper the mapper
	 * @param type a type
	 * @param read whether it is read
	 * @return {@code true} if an annotation says so
	 */
	static boolean hasIdentity(ObjectMapper mapper, JavaType type, boolean read) {
		return identity(mapper, type, read) != null;
	}

	private static @Nullable ObjectIdInfo identity(ObjectMapper mapper, JavaType type, boolean read) {
		MapperConfig<?> config = read ? mapper.deserializationConfig() : mapper.serializationConfig();
		return config.getAnnotationIntrospector()
			.findObjectIdInfo(config, Jackson.describe(mapper, type, read).getClassInfo());
	}

	/**
	 * Allow ids of values where the values are read.
	 * @param mapper the mapper
	 * @param type a type
	 * @param object schema of the values
	 * @return the schema, with the id as a property, or of an id
	 */
	static ObjectNode identified(ObjectMapper mapper, JavaType type, ObjectNode object) {
		ObjectIdInfo identity = identity(mapper, type, true);
		if (identity != null && identity.getPropertyName().hasSimpleName()) {
			ObjectNode properties = object.withObject("/properties");
			String name = identity.getPropertyName().getSimpleName();
			if (!properties.has(name)) {
				ids(properties.putObject(name), identity, object);
			}
		}
		ObjectNode node = mapper.createObjectNode();
		ids(node.putArray("anyOf").add(object).addObject(), identity, object);
		return node;
	}

	/** By the generator: that of an application may make texts and numbers. */
	private static void ids(ObjectNode node, @Nullable ObjectIdInfo identity, ObjectNode object) {
		Class<?> generator = (identity != null) ? identity.getGeneratorType() : null;
		if (generator == ObjectIdGenerators.IntSequenceGenerator.class) {
			node.put("type", "integer");
		}
		else if (generator == ObjectIdGenerators.UUIDGenerator.class
				|| generator == ObjectIdGenerators.StringIdGenerator.class) {
			node.put("type", "string");
		}
		else if (identity != null && generator == ObjectIdGenerators.PropertyGenerator.class
				&& object.path("properties")
					.path(identity.getPropertyName().getSimpleName()) instanceof ObjectNode property
				&& property.path("type").isString()) {
			node.setAll(property.deepCopy());
			node.remove("description");
		}
		else {
			node.putArray("type").add("string").add("number");
		}
	}

	/**
	 * The schema of values that nothing can have named before.
	 * @param reference the schema with ids in their place, or a reference to it
	 * @param definitions what it may refer to
	 * @return a copy without ids in the place of the whole value
	 */
	static ObjectNode withoutIds(ObjectNode reference, JsonNode definitions) {
		String address = reference.path("$ref").asString("");
		JsonNode own = definitions.path(address.substring(address.lastIndexOf('/') + 1));
		JsonNode forms = (own.isMissingNode() ? reference : own).path("anyOf");
		// Another type has alternatives that are objects: its subtypes.
		boolean ids = forms.size() == 2 && !List.of("object", "array").contains(forms.path(1).path("type").asString(""))
				&& forms.path(1).has("type");
		return (ids && forms.path(0) instanceof ObjectNode object) ? object.deepCopy() : reference.deepCopy();
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
