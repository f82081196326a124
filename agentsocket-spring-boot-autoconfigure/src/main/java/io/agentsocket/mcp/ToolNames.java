package io.agentsocket.mcp;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import org.jspecify.annotations.Nullable;

/**
 * The names of actions as names of tools, which have no slash: the same for everybody,
 * and no two the same. Immutable.
 */
final class ToolNames {

	/** Characters of a name. */
	private static final int MAX = 128;

	private final Map<String, String> toolByAction = new HashMap<>();

	private final Map<String, String> actionByTool = new HashMap<>();

	/**
	 * Give names.
	 * @param actions all actions, in the order of their names
	 */
	ToolNames(List<Action> actions) {
		// Actions that may keep their names come first.
		actions.stream()
			.filter((action) -> action.name().indexOf('/') < 0)
			.forEach((action) -> put(action, action.name()));
		actions.stream().filter((action) -> action.name().indexOf('/') >= 0).forEach((action) -> {
			String base = action.name().replace('/', '_');
			String name = base;
			for (int i = 2; this.actionByTool.containsKey(name); i++) {
				String end = "_" + i;
				name = base.substring(0, Math.min(base.length(), MAX - end.length())) + end;
			}
			put(action, name);
		});
	}

	private void put(Action action, String tool) {
		this.toolByAction.put(action.name(), tool);
		this.actionByTool.put(tool, action.name());
	}

	/** The name of a tool; null for an action that is new. */
	@Nullable String tool(String action) {
		return this.toolByAction.get(action);
	}

	/** The name of an action; null when no tool has the name. */
	@Nullable String action(String tool) {
		return this.actionByTool.get(tool);
	}

}
