package io.agentsocket.action;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Mono;

/**
 * The protocol's own actions {@code as.find} and {@code as.describe}: look actions up on
 * demand, so that an agent never has to read a whole catalog. Implements section 17 of
 * {@code docs/protocol.md}.
 */
@Internal
public final class Discovery {

	private Discovery() {
	}

	/**
	 * Create both actions.
	 * @param views the actions that a session sees, see
	 * {@link ActionCatalog#viewFor(AgentSession)}
	 * @param ranking orders the results
	 * @return {@code as.find} and {@code as.describe}
	 */
	public static List<Action> actions(Function<AgentSession, ActionView> views, ActionRanking ranking) {
		Finder finder = new Finder(ranking);
		ActionHints hints = new ActionHints(true, false, true, false, false, null);
		Action find = Action.named(Names.FIND)
			.title("Find actions")
			.description("Searches the actions that are offered here, by words and tags.")
			.hints(hints)
			.input(findSchema())
			.checkedByHandler()
			.handler((exchange) -> Mono
				.defer(() -> finder.search(views.apply(exchange.session()), DiscoveryArguments.of(exchange).query(),
						exchange))
				.map(ActionPage::toMap));
		Action describe = Action.named(Names.DESCRIBE)
			.title("Describe actions")
			.description("Tells the schemas of actions by their names.")
			.hints(hints)
			.input(describeSchema())
			.checkedByHandler()
			.handler((exchange) -> Mono.fromSupplier(
					() -> describe(views.apply(exchange.session()), DiscoveryArguments.of(exchange).names())));
		return List.of(find, describe);
	}

	private static Map<String, Object> describe(ActionView view, List<String> names) {
		List<Map<String, Object>> actions = new ArrayList<>();
		List<String> unknown = new ArrayList<>();
		for (String name : names) {
			Action action = view.find(name);
			if (action != null) {
				actions.add(ActionDescriptor.of(action).toMap());
			}
			else {
				unknown.add(name);
			}
		}
		Map<String, Object> result = new LinkedHashMap<>();
		result.put("actions", actions);
		result.put("unknown", unknown);
		return result;
	}

	private static Map<String, Object> findSchema() {
		Map<String, Object> properties = new LinkedHashMap<>();
		properties.put("query", Map.of("type", "string", "maxLength", DiscoveryArguments.MAX_QUERY, "description",
				"Words to search for; empty for all actions"));
		properties.put("tags", Map.of("type", "array", "items", Map.of("type", "string"), "maxItems",
				DiscoveryArguments.MAX_TAGS, "description", "Tags that an action must have"));
		properties.put("limit", Map.of("type", "integer", "minimum", 1, "maximum", ActionQuery.MAX_LIMIT, "default",
				ActionQuery.DEFAULT_LIMIT));
		properties.put("cursor", Map.of("type", "string", "maxLength", DiscoveryArguments.MAX_CURSOR, "description",
				"The next of the previous answer"));
		return Map.of("type", "object", "properties", properties);
	}

	private static Map<String, Object> describeSchema() {
		Map<String, Object> names = Map.of("type", "array", "items", Map.of("type", "string"), "minItems", 1,
				"maxItems", DiscoveryArguments.MAX_NAMES);
		return Map.of("type", "object", "properties", Map.of("names", names), "required", List.of("names"));
	}

}
