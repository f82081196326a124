package io.agentsocket.tool;

import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.schema.SchemaDiagnosis;
import io.agentsocket.tool.schema.TooMuchWorkException;
import io.agentsocket.tool.schema.Violations;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds defaults that break constraints of their own parameter: each call without the
 * argument would fail.
 */
final class DefaultChecks {

	/** Keywords of bounds. Whether a default is of its type is known before. */
	private static final Set<String> BOUNDS = Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
			"minLength", "maxLength", "minItems", "maxItems");

	private DefaultChecks() {
	}

	/**
	 * Look at the defaults of a method.
	 * @param defaults the defaults as JSON, by name
	 * @param input schema of the arguments
	 * @return the first mistake, or {@code null} when there is none
	 */
	static @Nullable String mistake(Map<String, JsonNode> defaults, Supplier<ObjectNode> input) {
		if (defaults.isEmpty()) {
			return null;
		}
		ObjectNode tree = JsonNodeFactory.instance.objectNode();
		tree.setAll(defaults);
		Violations violations = new Violations();
		try {
			new SchemaDiagnosis(input).check(tree, violations);
		}
		catch (TooMuchWorkException ex) {
			return null;
		}
		for (String name : defaults.keySet()) {
			for (Violation violation : violations.list()) {
				if (BOUNDS.contains(violation.rule()) && violation.pointer().equals(Violations.step("", name))) {
					return "The default of '" + name + "' breaks its own constraint: " + violation.message() + ".";
				}
			}
		}
		return null;
	}

}
