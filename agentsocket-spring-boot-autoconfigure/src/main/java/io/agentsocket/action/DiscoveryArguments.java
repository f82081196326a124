package io.agentsocket.action;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Reads the arguments of the protocol's own actions and collects all that is wrong with
 * them.
 */
final class DiscoveryArguments {

	static final int MAX_QUERY = 1024;

	static final int MAX_TAGS = 32;

	static final int MAX_NAMES = 50;

	static final int MAX_CURSOR = 512;

	private final Map<String, Object> map;

	private final List<Violation> violations = new ArrayList<>();

	private DiscoveryArguments(Map<String, Object> map) {
		this.map = map;
	}

	static DiscoveryArguments of(AgentExchange exchange) {
		if (exchange.arguments().isEmpty()) {
			return new DiscoveryArguments(Map.of());
		}
		try {
			return new DiscoveryArguments(exchange.codec().decodeMap(exchange.arguments()));
		}
		catch (CodecException ex) {
			throw refusal(List.of(new Violation(ex.pointer(), "type", "The arguments are one map"))).withCause(ex);
		}
	}

	ActionQuery query() {
		String query = text("query", MAX_QUERY);
		List<String> tags = texts("tags", 0, MAX_TAGS);
		int limit = limit();
		String cursor = text("cursor", MAX_CURSOR);
		check();
		return new ActionQuery((query != null) ? query : "", tags, limit, cursor);
	}

	List<String> names() {
		if (this.map.get("names") == null) {
			violation("names", "required", "is required");
		}
		List<String> names = texts("names", 1, MAX_NAMES);
		check();
		return names;
	}

	private @Nullable String text(String key, int max) {
		Object value = this.map.get(key);
		if (value == null) {
			return null;
		}
		if (!(value instanceof String text)) {
			violation(key, "type", "expected a text");
			return null;
		}
		if (text.codePointCount(0, text.length()) > max) {
			violation(key, "maxLength", "longer than " + max + " characters");
			return null;
		}
		return text;
	}

	private List<String> texts(String key, int min, int max) {
		Object value = this.map.get(key);
		if (value == null) {
			return List.of();
		}
		if (!(value instanceof List<?> list)) {
			violation(key, "type", "expected an array of texts");
			return List.of();
		}
		if (list.size() < min || list.size() > max) {
			violation(key, (list.size() < min) ? "minItems" : "maxItems", "expected " + min + " to " + max + " texts");
			return List.of();
		}
		List<String> texts = new ArrayList<>();
		for (int i = 0; i < list.size(); i++) {
			if (list.get(i) instanceof String text) {
				texts.add(text);
			}
			else {
				violation(key + "/" + i, "type", "expected a text");
			}
		}
		return texts;
	}

	private int limit() {
		Object value = this.map.get("limit");
		if (value == null) {
			return ActionQuery.DEFAULT_LIMIT;
		}
		// A number is an integer with a fraction of zero as well.
		if (!(value instanceof Number number) || number.doubleValue() != Math.rint(number.doubleValue())) {
			violation("limit", "type", "expected an integer from 1 to " + ActionQuery.MAX_LIMIT);
			return ActionQuery.DEFAULT_LIMIT;
		}
		double limit = number.doubleValue();
		if (limit < 1 || limit > ActionQuery.MAX_LIMIT) {
			violation("limit", (limit < 1) ? "minimum" : "maximum",
					"expected an integer from 1 to " + ActionQuery.MAX_LIMIT);
			return ActionQuery.DEFAULT_LIMIT;
		}
		return (int) limit;
	}

	private void violation(String path, String rule, String message) {
		this.violations.add(new Violation("/" + path, rule, message));
	}

	private void check() {
		if (!this.violations.isEmpty()) {
			throw refusal(this.violations);
		}
	}

	static ActionException refusal(List<Violation> violations) {
		return new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit").withViolations(violations)
			.notRun();
	}

}
