package io.agentsocket.springai;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Properties of a schema of arguments that a model does not see, because the application
 * gives their values.
 */
final class HiddenProperties {

	private HiddenProperties() {
	}

	/**
	 * Whether a schema declares a property.
	 * @param schema schema of the arguments
	 * @param name name of the property
	 * @return {@code true} if it does
	 */
	static boolean has(@Nullable Map<String, Object> schema, String name) {
		return schema != null && schema.get("properties") instanceof Map<?, ?> properties
				&& properties.containsKey(name);
	}

	/**
	 * Leave properties out of a schema.
	 * @param schema schema of the arguments
	 * @param hidden names of the properties
	 * @return the schema, without the key {@code $schema}, which some models refuse
	 */
	static Map<String, Object> without(Map<String, Object> schema, List<String> hidden) {
		Map<String, Object> copy = new LinkedHashMap<>(schema);
		copy.remove("$schema");
		if (schema.get("properties") instanceof Map<?, ?> properties) {
			Map<Object, Object> shown = new LinkedHashMap<>(properties);
			shown.keySet().removeAll(hidden);
			copy.put("properties", shown);
		}
		if (schema.get("required") instanceof List<?> required) {
			copy.put("required", required.stream().filter((name) -> !hidden.contains(name)).toList());
		}
		return copy;
	}

}
