package io.agentsocket.springai;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Names;
import io.agentsocket.tool.InvalidToolsException;
import io.agentsocket.tool.schema.JsonSchemaValidator;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * Reads the definitions of tool callbacks, which nobody has checked before, and collects
 * what is wrong with them. Not thread-safe.
 */
final class CallbackDefinitions {

	/** Characters of the name of an action, section 17 of the protocol. */
	private static final int MAX_NAME = 128;

	private final DeclarationErrors problems = new DeclarationErrors();

	private final JsonSchemaValidator validator = new JsonSchemaValidator();

	/**
	 * Read a definition.
	 * @param callback has it
	 * @return an action that does nothing yet, or {@code null} when the definition is
	 * wrong
	 */
	Action.@Nullable Builder read(ToolCallback callback) {
		ToolDefinition definition = callback.getToolDefinition();
		String given = String.valueOf(definition.name());
		String name = SpringAiDialect.nameOf(orEmpty(definition.name()));
		Place place = new Place(callback, name);
		int before = this.problems.count();
		if (!Names.isValid(name) || name.length() > MAX_NAME || name.startsWith(Names.RESERVED_PREFIX)) {
			add(place, "'" + given + "' is no name for an action.", "Name it by at most " + MAX_NAME
					+ " letters, digits and _ . - /, beginning with a letter, digit or _, and not with 'as.'.");
		}
		Map<String, Object> schema = schema(place, orEmpty(definition.inputSchema()));
		if (this.problems.count() > before) {
			return null;
		}
		return Action.named(name).description(definition.description()).input(schema);
	}

	/**
	 * Report the mistakes.
	 * @throws InvalidToolsException if there is anything
	 */
	void check() {
		this.problems.throwIfAny(InvalidToolsException::new);
	}

	/** Definitions come from other code, which may leave out required parts. */
	private static String orEmpty(@Nullable String text) {
		return (text != null) ? text : "";
	}

	private Map<String, Object> schema(Place place, String text) {
		Map<String, Object> schema;
		try {
			schema = new LinkedHashMap<>(CallArguments.read(text));
		}
		catch (ActionException ex) {
			add(place, "Its input schema is no JSON object.", "Write a JSON Schema of the type 'object', or none.");
			return Map.of();
		}
		schema.remove("$schema");
		Object type = schema.putIfAbsent("type", "object");
		if (type != null && !type.equals("object")) {
			add(place, "Its input schema is of the type '" + type + "'.",
					"Arguments are an object: describe them as its properties.");
		}
		else if (!isUsable(schema)) {
			add(place, "Nothing can be checked against its input schema.",
					"Correct its keywords, and let each $ref point into the schema itself.");
		}
		return schema;
	}

	/** Tries each property, since references are followed where there is a value. */
	private boolean isUsable(Map<String, Object> schema) {
		Object properties = schema.getOrDefault("properties", Map.of());
		if (!(properties instanceof Map<?, ?> map)) {
			return false;
		}
		Map<String, Object> probe = new LinkedHashMap<>();
		map.keySet().forEach((name) -> probe.put(String.valueOf(name), Collections.emptyList()));
		try {
			this.validator.violations(schema, probe);
			return true;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private void add(Place place, String problem, String action) {
		this.problems.add(place.name, place.callback.getClass().getName(), problem, action);
	}

	/** The tool that a mistake is in. */
	private record Place(ToolCallback callback, String name) {

	}

}
