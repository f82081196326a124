package io.agentsocket.action;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Description of an action for the other side, in full or as a summary. Immutable.
 * Implements sections 17.1 (summary) and 17.3 (descriptor) of {@code docs/protocol.md}.
 *
 * @param name name of the action
 * @param title title for people, or {@code null}
 * @param description purpose of the action, for a model, or {@code null}
 * @param tags words to find it by
 * @param hints assumptions that a caller may make
 * @param streaming whether it sends more than one value
 * @param input JSON Schema of the arguments, or {@code null} in a summary
 * @param output JSON Schema of the value or of an item, or {@code null}
 * @param items JSON Schema of the items that the caller may send, or {@code null} when it
 * takes none
 * @param result kind of its result; {@link ResultShape#VALUE} when not told
 */
public record ActionDescriptor(String name, @Nullable String title, @Nullable String description, List<String> tags,
		ActionHints hints, boolean streaming, @Nullable Map<String, Object> input, @Nullable Map<String, Object> output,
		@Nullable Map<String, Object> items, ResultShape result) {

	public ActionDescriptor {
		tags = List.copyOf(tags);
	}

	/**
	 * Describe an action in full.
	 * @param action the action
	 * @return its descriptor
	 */
	public static ActionDescriptor of(Action action) {
		return new ActionDescriptor(action.name(), action.title(), action.description(), List.copyOf(action.tags()),
				action.hints(), isStreaming(action.result()), action.input(), action.output(), action.items(),
				action.result());
	}

	private static boolean isStreaming(ResultShape result) {
		return result != ResultShape.NONE && result != ResultShape.VALUE;
	}

	/**
	 * Read a map of the peer, a summary or a full descriptor. Values of another type than
	 * expected count as absent.
	 * @param map the decoded map
	 * @return the descriptor; its name is empty when the map has none
	 */
	public static ActionDescriptor from(Map<?, ?> map) {
		String name = text(map.get("name"));
		Map<?, ?> hints = (map.get("hints") instanceof Map<?, ?> nested) ? nested : Map.of();
		ResultShape result = result(text(map.get("result")));
		return new ActionDescriptor((name != null) ? name : "", text(map.get("title")), text(map.get("description")),
				texts(map.get("tags")), hints(hints), isSet(hints, "streaming") || isStreaming(result),
				object(map.get("input")), object(map.get("output")), object(map.get("items")), result);
	}

	/**
	 * The same descriptor under another name: in DEFINE the name of the frame counts.
	 * @param name the name
	 * @return a descriptor
	 */
	public ActionDescriptor withName(String name) {
		return new ActionDescriptor(name, this.title, this.description, this.tags, this.hints, this.streaming,
				this.input, this.output, this.items, this.result);
	}

	/**
	 * The action that is described.
	 * @param handler the code that runs it
	 * @return an action with this descriptor
	 * @throws IllegalArgumentException if the name is not valid
	 */
	public Action toAction(ActionHandler handler) {
		Action.Builder builder = Action.named(this.name)
			.title(this.title)
			.description(this.description)
			.tags(this.tags.toArray(String[]::new))
			.hints(this.hints)
			.output(this.output)
			.items(this.items)
			.result(this.result);
		if (this.input != null) {
			builder.input(this.input);
		}
		return builder.handler(handler);
	}

	/**
	 * The summary for the wire.
	 * @return a map of name, title, description, tags and hints, without unset members
	 */
	public Map<String, Object> toSummary() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("name", this.name);
		put(map, "title", this.title);
		put(map, "description", this.description);
		if (!this.tags.isEmpty()) {
			map.put("tags", this.tags);
		}
		Map<String, Object> hints = hintsToMap();
		if (!hints.isEmpty()) {
			map.put("hints", hints);
		}
		return map;
	}

	/**
	 * The full descriptor for the wire.
	 * @return a map, without unset members
	 */
	public Map<String, Object> toMap() {
		Map<String, Object> map = toSummary();
		put(map, "input", this.input);
		put(map, "output", this.output);
		map.put("result", this.result.name().toLowerCase(Locale.ROOT));
		put(map, "items", this.items);
		return map;
	}

	private Map<String, Object> hintsToMap() {
		Map<String, Object> map = new LinkedHashMap<>();
		putIf(map, "readOnly", this.hints.readOnly());
		putIf(map, "destructive", this.hints.destructive());
		putIf(map, "idempotent", this.hints.idempotent());
		putIf(map, "openWorld", this.hints.openWorld());
		putIf(map, "approval", this.hints.approval());
		if (this.hints.timeout() != null) {
			map.put("timeout", this.hints.timeout().toMillis());
		}
		putIf(map, "streaming", this.streaming);
		return map;
	}

	private static void put(Map<String, Object> map, String key, @Nullable Object value) {
		if (value != null) {
			map.put(key, value);
		}
	}

	private static void putIf(Map<String, Object> map, String key, boolean set) {
		if (set) {
			map.put(key, true);
		}
	}

	private static ActionHints hints(Map<?, ?> map) {
		Duration timeout = null;
		if ((map.get("timeout") instanceof Integer || map.get("timeout") instanceof Long)
				&& ((Number) map.get("timeout")).longValue() >= 0) {
			timeout = Duration.ofMillis(((Number) map.get("timeout")).longValue());
		}
		return new ActionHints(isSet(map, "readOnly"), isSet(map, "destructive"), isSet(map, "idempotent"),
				isSet(map, "openWorld"), isSet(map, "approval"), timeout);
	}

	private static boolean isSet(Map<?, ?> map, String key) {
		return Boolean.TRUE.equals(map.get(key));
	}

	private static ResultShape result(@Nullable String text) {
		for (ResultShape shape : ResultShape.values()) {
			if (shape.name().toLowerCase(Locale.ROOT).equals(text)) {
				return shape;
			}
		}
		return ResultShape.VALUE;
	}

	private static @Nullable String text(@Nullable Object value) {
		return (value instanceof String text) ? text : null;
	}

	private static List<String> texts(@Nullable Object value) {
		List<String> texts = new ArrayList<>();
		if (value instanceof List<?> list) {
			for (Object member : list) {
				if (member instanceof String text) {
					texts.add(text);
				}
			}
		}
		return texts;
	}

	@SuppressWarnings("unchecked")
	private static @Nullable Map<String, Object> object(@Nullable Object value) {
		// Keys of decoded maps are texts.
		return (value instanceof Map<?, ?> map) ? (Map<String, Object>) map : null;
	}

}
