package io.agentsocket.tool;

import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lets schemas of results say that elements may be {@code null}: all but those whose
 * nodes carry a mark, because their type excludes it.
 */
final class ElementNullness {

	private static final String SURE = "$agentsocket.sure";

	/** Keywords whose value is a schema or an array of schemas. */
	private static final List<String> SCHEMAS = List.of("items", "additionalProperties", "anyOf", "oneOf", "allOf",
			"prefixItems");

	/** Keywords whose value has a schema for each name. */
	private static final List<String> NAMED = List.of("properties", "$defs");

	private ElementNullness() {
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
	static void allow(ObjectNode schema) {
		relax(schema);
		strip(schema);
	}

	private static void relax(JsonNode node) {
		if (node instanceof ArrayNode array) {
			array.forEach(ElementNullness::relax);
		}
		if (!(node instanceof ObjectNode object)) {
			return;
		}
		for (String keyword : NAMED) {
			object.path(keyword).forEach(ElementNullness::relax);
		}
		for (String keyword : SCHEMAS) {
			relax(object.path(keyword));
		}
		for (String keyword : List.of("items", "additionalProperties")) {
			if (object.get(keyword) instanceof ObjectNode element && !element.has(SURE)) {
				SchemaRefinement.allowNull(element);
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
			array.forEach(ElementNullness::strip);
		}
	}

}
