package io.agentsocket.mcp;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import org.jspecify.annotations.Nullable;

/**
 * Describes actions as tools.
 */
final class ToolDefinition {

	private ToolDefinition() {
	}

	/**
	 * The definition of an action.
	 * @param action the action
	 * @param name its name as a tool
	 * @param revision how the client is spoken to
	 */
	static Map<String, Object> of(Action action, String name, Revision revision) {
		Map<String, Object> tool = new LinkedHashMap<>();
		tool.put("name", name);
		put(tool, "title", action.title());
		put(tool, "description", action.description());
		Map<String, Object> input = new LinkedHashMap<>(action.input());
		input.put("type", "object");
		tool.put("inputSchema", input);
		put(tool, "outputSchema", output(action, revision));
		Map<String, Object> annotations = annotations(action);
		if (!annotations.isEmpty()) {
			tool.put("annotations", annotations);
		}
		if (!action.tags().isEmpty()) {
			tool.put("_meta", Map.of("io.agentsocket/tags", action.tags()));
		}
		return tool;
	}

	private static Map<String, Object> annotations(Action action) {
		ActionHints hints = action.hints();
		Map<String, Object> annotations = new LinkedHashMap<>();
		put(annotations, "title", action.title());
		if (hints.equals(ActionHints.NONE)) {
			return annotations;
		}
		annotations.put("readOnlyHint", hints.readOnly());
		if (!hints.readOnly()) {
			annotations.put("destructiveHint", hints.destructive());
			annotations.put("idempotentHint", hints.idempotent());
		}
		annotations.put("openWorldHint", hints.openWorld());
		return annotations;
	}

	/** The schema of structured content; null when there is none. */
	private static @Nullable Map<String, Object> output(Action action, Revision revision) {
		Map<String, Object> output = action.output();
		if (output == null || !isStructured(action, revision)) {
			return null;
		}
		if (action.result() == ResultShape.VALUE) {
			return output;
		}
		Map<String, Object> list = new LinkedHashMap<>();
		list.put("type", "array");
		Map<String, Object> item = new LinkedHashMap<>(output);
		// References begin at the root of the whole schema.
		Object definitions = item.remove("$defs");
		list.put("items", item);
		put(list, "$defs", definitions);
		return list;
	}

	/**
	 * Whether results of an action are structured content: before the stateless revision
	 * only objects are.
	 */
	static boolean isStructured(Action action, Revision revision) {
		Map<String, Object> output = action.output();
		if (output == null || revision == Revision.HANDSHAKE_OF_MARCH) {
			return false;
		}
		return switch (action.result()) {
			case VALUE -> revision.isStateless() || "object".equals(output.get("type"));
			case ITEMS -> revision.isStateless();
			default -> false;
		};
	}

	private static void put(Map<String, Object> map, String key, @Nullable Object value) {
		if (value != null) {
			map.put(key, value);
		}
	}

}
