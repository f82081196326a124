package io.agentsocket.tool.schema;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds out which alternative of a schema a value means: the one that it names, as the
 * values of polymorphic types do, or else the one that it resembles. The validator
 * reports the mistakes with regard to each of them.
 */
final class Alternatives {

	private static final int ALL = -1;

	private static final int NONE = -2;

	private final JsonNode schema;

	private final JsonNode tree;

	private final Violations violations;

	/**
	 * Create for the check of one value.
	 * @param schema the schema
	 * @param tree the value
	 * @param violations gets values that mean no alternative
	 */
	Alternatives(JsonNode schema, JsonNode tree, Violations violations) {
		this.schema = schema;
		this.tree = tree;
		this.violations = violations;
	}

	/**
	 * Whether a misfit is one of the alternatives that are meant.
	 * @param path keywords on the way to the broken rule
	 * @param location names and indexes on the way to the value
	 * @return {@code false} if it is about another alternative
	 */
	boolean isMeant(List<String> path, List<String> location) {
		JsonNode rule = this.schema;
		int depth = 0;
		for (int i = 0; i + 1 < path.size(); i++) {
			String keyword = path.get(i);
			switch (keyword) {
				case "$ref" -> rule = resolved(rule);
				case "properties", "prefixItems" -> {
					rule = child(rule.path(keyword), path.get(++i));
					depth++;
				}
				case "items", "additionalProperties" -> {
					rule = rule.path(keyword);
					depth++;
				}
				case "allOf" -> rule = child(rule.path(keyword), path.get(++i));
				case "anyOf", "oneOf" -> {
					JsonNode alternatives = rule.path(keyword);
					int taken = Integer.parseInt(path.get(++i));
					int meant = meant(alternatives, location.subList(0, Math.min(depth, location.size())));
					if (meant != ALL && meant != taken) {
						return false;
					}
					rule = alternatives.path(taken);
				}
				default -> {
					return true;
				}
			}
		}
		return true;
	}

	/**
	 * Whether a rule is about a property that must be there.
	 * @param path keywords on the way to the rule
	 * @return {@code false} for any other rule
	 */
	boolean isRequired(List<String> path) {
		int at = path.size() - 3;
		if (at < 0 || !path.get(at).equals("properties")) {
			return false;
		}
		JsonNode rule = this.schema;
		for (String step : path.subList(0, at)) {
			rule = step.equals("$ref") ? resolved(rule) : child(rule, step);
		}
		for (JsonNode name : rule.path("required")) {
			if (name.asString("").equals(path.get(at + 1))) {
				return true;
			}
		}
		return false;
	}

	private static JsonNode child(JsonNode node, String step) {
		return node.isArray() ? node.path(Integer.parseInt(step)) : node.path(step);
	}

	private JsonNode resolved(JsonNode rule) {
		String reference = rule.path("$ref").asString("");
		return reference.startsWith("#")
				? this.schema.at(URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8))
				: rule.path("$ref");
	}

	private int meant(JsonNode alternatives, List<String> location) {
		JsonNode value = this.tree;
		for (String step : location) {
			value = child(value, step);
		}
		int only = ALL;
		int count = 0;
		for (int i = 0; i < alternatives.size(); i++) {
			boolean isNull = alternatives.get(i).path("type").asString("").equals("null");
			if (isNull == value.isNull()) {
				only = i;
				count++;
			}
		}
		if (count == 1) {
			return only;
		}
		return value.isObject() ? named(alternatives, value, location)
				: value.isArray() ? paired(alternatives, value, location) : ALL;
	}

	/** An array whose first element names the alternative. */
	private int paired(JsonNode alternatives, JsonNode value, List<String> location) {
		StringJoiner names = new StringJoiner(", ");
		for (int i = 0; i < alternatives.size(); i++) {
			JsonNode name = resolvedAlternative(alternatives.get(i)).path("prefixItems").path(0).path("const");
			if (name.isString()) {
				if (name.equals(value.get(0))) {
					return i;
				}
				names.add(name.asString());
			}
		}
		if (names.length() == 0) {
			return ALL;
		}
		report(location, "0", value.get(0), names.toString());
		return NONE;
	}

	private int named(JsonNode alternatives, JsonNode value, List<String> location) {
		String discriminator = null;
		StringJoiner names = new StringJoiner(", ");
		for (int i = 0; i < alternatives.size(); i++) {
			for (Map.Entry<String, JsonNode> property : properties(alternatives.get(i))) {
				JsonNode name = property.getValue().path("const");
				if (name.isString()) {
					if (name.equals(value.get(property.getKey()))) {
						return i;
					}
					discriminator = property.getKey();
					names.add(name.asString());
				}
			}
		}
		if (discriminator == null) {
			return similar(alternatives, value);
		}
		for (int i = 0; i < alternatives.size(); i++) {
			JsonNode any = resolvedAlternative(alternatives.get(i)).path("properties").path(discriminator);
			if (any.isObject() && !any.has("const")) {
				// It is meant by every name that is none of the others.
				return i;
			}
		}
		report(location, discriminator, value.get(discriminator), names.toString());
		return NONE;
	}

	private void report(List<String> location, String discriminator, @Nullable JsonNode given, String names) {
		String pointer = "";
		for (String step : location) {
			pointer = Violations.step(pointer, step);
		}
		pointer = Violations.step(pointer, discriminator);
		if (given == null || given.isNull()) {
			this.violations.add(pointer, "required", "This value is required: one of " + names + ".");
		}
		else {
			this.violations.add(pointer, "enum", "must be one of " + names);
		}
	}

	/** That with most of the value's properties. */
	private int similar(JsonNode alternatives, JsonNode value) {
		int best = ALL;
		int most = 0;
		for (int i = 0; i < alternatives.size(); i++) {
			int known = 0;
			for (Map.Entry<String, JsonNode> property : properties(alternatives.get(i))) {
				known += value.has(property.getKey()) ? 1 : 0;
			}
			if (known > most) {
				most = known;
				best = i;
			}
		}
		return best;
	}

	private Iterable<Map.Entry<String, JsonNode>> properties(JsonNode alternative) {
		return resolvedAlternative(alternative).path("properties").properties();
	}

	private JsonNode resolvedAlternative(JsonNode alternative) {
		return alternative.has("$ref") ? resolved(alternative) : alternative;
	}

}
