package io.agentsocket.tool.schema;

import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where {@code null} may stand in schemas. In those of results all elements may be
 * {@code null} but those whose nodes carry a mark, because their type excludes it.
 */
final class NullSchemas {

	private static final String SURE = "$agentsocket.sure";

	/** Keywords whose value is a schema or an array of schemas. */
	private static final List<String> SCHEMAS = List.of("items", "additionalProperties", "anyOf", "oneOf", "allOf",
			"prefixItems");

	/** Keywords whose value has a schema for each name. */
	private static final List<String> NAMED = List.of("properties", "$defs");

	private NullSchemas() {
	}

	/**
	 * Mark a type whose values are never {@code null}.
	 * @param node its schema
	 */
	static void markSure(ObjectNode node) {
		node.put(SURE, true);
	}

	/**
	 * Allow {@code null} as an element wherever there is no mark, and remove the marks.
	 * @param schema a complete schema
	 */
	static void allowInElements(ObjectNode schema) {
		relax(schema);
		strip(schema);
	}

	private static void relax(JsonNode node) {
		if (node instanceof ArrayNode array) {
			array.forEach(NullSchemas::relax);
		}
		if (!(node instanceof ObjectNode object)) {
			return;
		}
		for (String keyword : NAMED) {
			object.path(keyword).forEach(NullSchemas::relax);
		}
		for (String keyword : SCHEMAS) {
			relax(object.path(keyword));
		}
		for (String keyword : List.of("items", "additionalProperties")) {
			if (object.get(keyword) instanceof ObjectNode element && !element.has(SURE)) {
				allowNull(element);
			}
		}
	}

	private static void strip(JsonNode node) {
		if (node instanceof ObjectNode object) {
			object.remove(SURE);
			for (Map.Entry<String, JsonNode> property : object.properties()) {
				strip(property.getValue());
			}
		}
		else if (node instanceof ArrayNode array) {
			array.forEach(NullSchemas::strip);
		}
	}

	/** The schema of a value that is not {@code null}. */
	static ObjectNode value(ObjectNode node) {
		if (node.get("anyOf") instanceof ArrayNode alternatives && alternatives.size() == 2
				&& alternatives.get(0) instanceof ObjectNode value && isNull(alternatives.get(1))) {
			return value;
		}
		return node;
	}

	private static boolean isNull(JsonNode node) {
		return node.size() == 1 && node.path("type").asString("").equals("null");
	}

	/**
	 * Allow {@code null} in the place of a value.
	 * @param node schema of the value
	 */
	static void allowNull(ObjectNode node) {
		if (node.isEmpty() || value(node) != node) {
			return;
		}
		if (node.get("type") instanceof ArrayNode types) {
			if (!hasNull(types)) {
				types.add("null");
			}
			return;
		}
		ObjectNode value = node.deepCopy();
		JsonNode description = value.remove("description");
		JsonNode defaultValue = value.remove("default");
		node.removeAll();
		if (description != null) {
			node.set("description", description);
		}
		if (defaultValue != null) {
			node.set("default", defaultValue);
		}
		node.putArray("anyOf").add(value).addObject().put("type", "null");
		mergeNull(node);
	}

	private static boolean hasNull(ArrayNode types) {
		return types.valueStream().anyMatch((type) -> type.asString("").equals("null"));
	}

	/**
	 * Allow no {@code null} in the place of a value.
	 * @param node schema of the value or {@code null}
	 */
	static void forbidNull(ObjectNode node) {
		ObjectNode value = value(node);
		if (value != node) {
			node.remove("anyOf");
			value.properties().forEach((property) -> node.set(property.getKey(), property.getValue()));
		}
		else if (node.get("type") instanceof ArrayNode types && types.size() == 2
				&& types.get(1).asString("").equals("null")) {
			node.set("type", types.get(0));
		}
	}

	/**
	 * Allow any value but {@code null}.
	 * @param node an empty schema
	 */
	static void allButNull(ObjectNode node) {
		node.putArray("type").add("object").add("array").add("string").add("number").add("boolean");
	}

	/** A list of types is shorter than alternatives, and better understood. */
	static void mergeNull(ObjectNode node) {
		ObjectNode value = value(node);
		if (value == node || value.has("$ref") || value.has("anyOf") || value.has("const")) {
			return;
		}
		if (value.isEmpty()) {
			node.remove("anyOf");
			return;
		}
		if (!value.path("type").isString()) {
			return;
		}
		String type = value.path("type").asString();
		node.remove("anyOf");
		value.properties().forEach((property) -> node.set(property.getKey(), property.getValue()));
		node.putArray("type").add(type).add("null");
		if (node.get("enum") instanceof ArrayNode constants) {
			constants.addNull();
		}
	}

}
