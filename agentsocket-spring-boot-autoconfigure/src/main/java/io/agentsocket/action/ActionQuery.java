package io.agentsocket.action;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A search for actions: the arguments of {@code as.find}. Implements section 17.1 of
 * {@code docs/protocol.md}.
 *
 * @param query words to search for; empty for all actions in the order of their names
 * @param tags tags that an action must have, all of them
 * @param limit most actions in the answer, 1 to {@value #MAX_LIMIT}
 * @param cursor {@link ActionPage#next()} of the previous answer to the same query and
 * tags, or {@code null}
 */
public record ActionQuery(String query, List<String> tags, int limit, @Nullable String cursor) {

	/** Largest limit. */
	public static final int MAX_LIMIT = 100;

	/** Limit when none is given. */
	public static final int DEFAULT_LIMIT = 20;

	/**
	 * Check the limit.
	 * @throws IllegalArgumentException if the limit is out of range
	 */
	public ActionQuery {
		tags = List.copyOf(tags);
		if (limit < 1 || limit > MAX_LIMIT) {
			throw new IllegalArgumentException("limit must be 1 to " + MAX_LIMIT);
		}
	}

	/**
	 * Search for words.
	 * @param query the words
	 * @return a query without tags and with the default limit
	 */
	public static ActionQuery of(String query) {
		return new ActionQuery(query, List.of(), DEFAULT_LIMIT, null);
	}

	/**
	 * The same search, further on.
	 * @param cursor {@link ActionPage#next()}
	 * @return a query
	 */
	public ActionQuery after(String cursor) {
		return new ActionQuery(this.query, this.tags, this.limit, cursor);
	}

	/**
	 * The arguments for the wire.
	 * @return a map, without members that have their defaults
	 */
	public Map<String, Object> toMap() {
		Map<String, Object> map = new LinkedHashMap<>();
		if (!this.query.isEmpty()) {
			map.put("query", this.query);
		}
		if (!this.tags.isEmpty()) {
			map.put("tags", this.tags);
		}
		if (this.limit != DEFAULT_LIMIT) {
			map.put("limit", this.limit);
		}
		if (this.cursor != null) {
			map.put("cursor", this.cursor);
		}
		return map;
	}

}
