package io.agentsocket.action;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Part of the results of a search: the result of {@code as.find}. Implements section 17.1
 * of {@code docs/protocol.md}.
 *
 * @param actions summaries, best first
 * @param total number of matches
 * @param next cursor of the following page, or {@code null} when this is the last
 */
public record ActionPage(List<ActionDescriptor> actions, long total, @Nullable String next) {

	public ActionPage {
		actions = List.copyOf(actions);
	}

	/**
	 * Read a map of the peer. Values of another type than expected count as absent.
	 * @param map the decoded map
	 * @return the page
	 */
	public static ActionPage from(Map<?, ?> map) {
		List<ActionDescriptor> actions = new ArrayList<>();
		if (map.get("actions") instanceof List<?> list) {
			for (Object member : list) {
				if (member instanceof Map<?, ?> summary) {
					actions.add(ActionDescriptor.from(summary));
				}
			}
		}
		long total = (map.get("total") instanceof Number number) ? number.longValue() : actions.size();
		return new ActionPage(actions, total, (map.get("next") instanceof String next) ? next : null);
	}

	/**
	 * The result for the wire.
	 * @return a map
	 */
	public Map<String, Object> toMap() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("actions", this.actions.stream().map(ActionDescriptor::toSummary).toList());
		map.put("total", this.total);
		if (this.next != null) {
			map.put("next", this.next);
		}
		return map;
	}

}
