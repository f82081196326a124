package io.agentsocket.observation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * A copy of arguments for the records, redacted, and cut to the size of a record.
 */
final class AuditedArguments {

	/**
	 * Characters of a text that are recorded: enough for an id, an address or a query.
	 */
	private static final int MAX_TEXT = 1000;

	/** Values that are recorded of all arguments together. */
	private static final int MAX_VALUES = 1000;

	/** Elements of a list that are recorded, so that it leaves room for the rest. */
	private static final int MAX_ELEMENTS = 100;

	/** Levels that are recorded; the server accepts no more than 32 by default. */
	private static final int MAX_DEPTH = 16;

	private static final String MORE = "...";

	private final String action;

	private final AuditRedaction redaction;

	private int values;

	private AuditedArguments(String action, AuditRedaction redaction) {
		this.action = action;
		this.redaction = redaction;
	}

	static Map<String, Object> of(String action, Map<?, ?> arguments, AuditRedaction redaction) {
		return new AuditedArguments(action, redaction).map(arguments, 0);
	}

	private Map<String, Object> map(Map<?, ?> given, int depth) {
		Map<String, Object> copy = new LinkedHashMap<>();
		for (Map.Entry<?, ?> entry : given.entrySet()) {
			String name = cut(String.valueOf(entry.getKey()));
			if (isFull()) {
				copy.put(MORE, MORE);
				break;
			}
			Object kept = this.redaction.redact(this.action, name, entry.getValue());
			copy.put(name, value(kept, depth));
		}
		return copy;
	}

	private boolean isFull() {
		return this.values++ >= MAX_VALUES;
	}

	private @Nullable Object value(@Nullable Object value, int depth) {
		if (value instanceof CharSequence text) {
			return cut(text.toString());
		}
		if (value instanceof byte[] bytes) {
			return bytes.length + " bytes";
		}
		if (value instanceof Map<?, ?> map) {
			return (depth < MAX_DEPTH) ? map(map, depth + 1) : MORE;
		}
		if (value instanceof Collection<?> list) {
			return (depth < MAX_DEPTH) ? list(list, depth + 1) : MORE;
		}
		return value;
	}

	private List<Object> list(Collection<?> given, int depth) {
		List<Object> copy = new ArrayList<>();
		for (Object element : given) {
			if (copy.size() == MAX_ELEMENTS || isFull()) {
				copy.add(MORE);
				break;
			}
			copy.add(value(element, depth));
		}
		return copy;
	}

	private static String cut(String text) {
		return (text.length() <= MAX_TEXT) ? text : Utf8.cut(text, MAX_TEXT) + MORE;
	}

}
