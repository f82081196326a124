package io.agentsocket.tool.schema;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.agentsocket.codec.declared.UsedProperties;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedMethod;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adds to the schema of a type that is read the properties that it takes beside its own:
 * aliases, ignored names, the values of an any-setter, and names in any case.
 */
final class LenientProperties {

	private final ObjectMapper mapper;

	private final DeserializationConfig config;

	private final AnnotationIntrospector annotations;

	LenientProperties(ObjectMapper mapper) {
		this.mapper = mapper;
		this.config = mapper.deserializationConfig();
		this.annotations = this.config.getAnnotationIntrospector();
	}

	/**
	 * Add the properties.
	 * @param object schema of the type, complete otherwise
	 * @param type the type
	 * @param description how it is read
	 */
	void addTo(ObjectNode object, JavaType type, BeanDescription description) {
		if (isCaseInsensitive(description)) {
			object.remove(List.of("required", "additionalProperties"));
			return;
		}
		BeanDescription reader = description;
		if (this.annotations.findPOJOBuilder(this.config, description.getClassInfo()) != null) {
			// The builder says which properties are required.
			object.remove("required");
			reader = UsedProperties.reader(this.config, type);
		}
		addAliases(object, reader);
		addIgnored(object, type, reader);
		addOthers(object, reader);
	}

	private boolean isCaseInsensitive(BeanDescription description) {
		JsonFormat.Value format = this.annotations.findFormat(this.config, description.getClassInfo());
		Boolean declared = (format != null) ? format.getFeature(JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
				: null;
		return Objects.requireNonNullElseGet(declared,
				() -> this.mapper.isEnabled(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES));
	}

	private static void addAliases(ObjectNode object, BeanDescription description) {
		for (BeanPropertyDefinition property : description.findProperties()) {
			List<String> names = property.findAliases().stream().map(PropertyName::getSimpleName).toList();
			JsonNode value = object.path("properties").path(property.getName());
			if (names.isEmpty() || value.isMissingNode()) {
				continue;
			}
			names.forEach((name) -> object.withObject("/properties").set(name, value.deepCopy()));
			if (remove(object, property.getName())) {
				ArrayNode one = object.withArray("/allOf").addObject().putArray("anyOf");
				one.addObject().putArray("required").add(property.getName());
				names.forEach((name) -> one.addObject().putArray("required").add(name));
			}
		}
	}

	/** Takes a name out of those that are required. */
	private static boolean remove(ObjectNode object, String name) {
		if (!(object.get("required") instanceof ArrayNode required)) {
			return false;
		}
		for (int i = 0; i < required.size(); i++) {
			if (required.get(i).asString("").equals(name)) {
				required.remove(i);
				if (required.isEmpty()) {
					object.remove("required");
				}
				return true;
			}
		}
		return false;
	}

	/**
	 * Adds properties that are written and not read, and may come back. Other names that
	 * the type ignores are refused: of a type that takes any name that has to be said.
	 */
	private void addIgnored(ObjectNode object, JavaType type, BeanDescription description) {
		JsonIgnoreProperties.Value declared = this.config.getDefaultPropertyIgnorals(description.getBeanClass(),
				description.getClassInfo());
		if (declared != null && declared.getIgnoreUnknown()) {
			return;
		}
		Set<String> ignored = new LinkedHashSet<>();
		if (declared != null) {
			ignored.addAll(declared.findIgnoredForDeserialization());
		}
		boolean open = description.findAnySetterAccessor() != null;
		// Only with the properties the names are collected.
		description.findProperties();
		Set<String> collected = description.getIgnoredPropertyNames();
		if (!open && collected != null) {
			ignored.addAll(collected);
		}
		Set<String> written = Jackson.properties(this.mapper, type, false)
			.stream()
			.filter(BeanPropertyDefinition::couldSerialize)
			.map(BeanPropertyDefinition::getName)
			.collect(Collectors.toSet());
		for (String name : ignored) {
			if (object.path("properties").has(name)) {
				continue;
			}
			if (written.contains(name)) {
				object.withObject("/properties").putObject(name).put("description", "Ignored.").put("readOnly", true);
			}
			else if (open) {
				object.withObject("/properties").put(name, false);
			}
		}
	}

	private void addOthers(ObjectNode object, BeanDescription description) {
		AnnotatedMember setter = description.findAnySetterAccessor();
		if (setter == null || object.has("additionalProperties")) {
			return;
		}
		JavaType value = (setter instanceof AnnotatedMethod method) ? method.getParameterType(1)
				: setter.getType().getContentType();
		String written = (value == null || value.isJavaLangObject()) ? null : Jackson.written(this.mapper, value);
		if (written != null) {
			object.putObject("additionalProperties").putArray("type").add(written).add("null");
		}
	}

}
