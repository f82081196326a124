package io.agentsocket.mcp;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Turns questions into forms of MCP, and the fields that a user has filled in into
 * answers. Forms are flat: a nested value is asked for as JSON text.
 */
final class QuestionForms {

	private static final Set<String> FLAT = Set.of("string", "number", "integer", "boolean");

	private static final String VALUE = "value";

	private static final String APPROVE = "approve";

	private final Codec codec;

	QuestionForms(Codec codec) {
		this.codec = codec;
	}

	/**
	 * Make the form of an invocation of the caller.
	 * @param action {@link Names#ASK} or {@link Names#APPROVE}
	 * @param arguments its arguments
	 */
	Form form(String action, Map<String, Object> arguments) {
		String prompt = String.valueOf(arguments.get("prompt"));
		return action.equals(Names.APPROVE) ? approval(prompt, arguments)
				: question(prompt, (arguments.get("schema") instanceof Map<?, ?> schema) ? schema : null);
	}

	private Form approval(String prompt, Map<String, Object> arguments) {
		String message = prompt + "\n\n" + arguments.get("action") + " "
				+ this.codec.encode(arguments.get("arguments")).toUtf8();
		Map<String, Object> schema = single(APPROVE, Map.of("type", "boolean", "title", "Approve", "default", false));
		return new Form(message, schema,
				(content) -> Map.of("outcome", Boolean.TRUE.equals(content.get(APPROVE)) ? "approve" : "decline"));
	}

	private Form question(String prompt, @Nullable Map<?, ?> schema) {
		if (schema == null) {
			return new Form(prompt, single(VALUE, Map.of("type", "string")), QuestionForms::single);
		}
		if ("object".equals(schema.get("type")) && properties(schema) instanceof Map<?, ?> properties
				&& properties.values().stream().allMatch(QuestionForms::isFlat)) {
			Map<String, Object> form = new LinkedHashMap<>();
			form.put("type", "object");
			form.put("properties", properties);
			if (schema.get("required") instanceof Collection<?> required && !required.isEmpty()) {
				form.put("required", required);
			}
			return new Form(prompt, form, QuestionForms::answer);
		}
		if (isFlat(schema)) {
			Map<Object, Object> value = new LinkedHashMap<>(schema);
			value.putIfAbsent("type", "string");
			value.keySet().removeIf((key) -> String.valueOf(key).startsWith("$"));
			return new Form(prompt, single(VALUE, value), QuestionForms::single);
		}
		String description = "JSON that fits this schema: " + this.codec.encode(schema).toUtf8();
		return new Form(prompt, single(VALUE, Map.of("type", "string", "description", description)), this::parsed);
	}

	private static @Nullable Object properties(Map<?, ?> schema) {
		Object properties = schema.get("properties");
		return (properties != null) ? properties : Map.of();
	}

	private static boolean isFlat(Object schema) {
		return schema instanceof Map<?, ?> map && !map.containsKey("$ref")
				&& (FLAT.contains(String.valueOf(map.get("type"))) || map.get("enum") instanceof List<?>);
	}

	private static Map<String, Object> single(String name, Object schema) {
		Map<String, Object> form = new LinkedHashMap<>();
		form.put("type", "object");
		form.put("properties", Map.of(name, schema));
		form.put("required", List.of(name));
		return form;
	}

	private static Map<String, Object> answer(@Nullable Object value) {
		Map<String, Object> answer = new LinkedHashMap<>();
		answer.put("outcome", "answer");
		answer.put(VALUE, value);
		return answer;
	}

	private static Map<String, Object> single(Map<String, Object> content) {
		return answer(content.get(VALUE));
	}

	private Map<String, Object> parsed(Map<String, Object> content) {
		Object value = content.get(VALUE);
		if (value instanceof String text) {
			try {
				return answer(this.codec.decode(Bytes.utf8(text), Object.class));
			}
			catch (CodecException ex) {
				// The asker validates, and asks again.
				return answer(text);
			}
		}
		return answer(value);
	}

	/**
	 * A form, and how its fields become the answer.
	 *
	 * @param message text for the user
	 * @param schema schema of the fields
	 * @param reader reads the fields
	 */
	record Form(String message, Map<String, Object> schema, Function<Map<String, Object>, Map<String, Object>> reader) {

		/** The request that is put to the client. */
		Map<String, Object> toRequest() {
			Map<String, Object> params = new LinkedHashMap<>();
			params.put("mode", "form");
			params.put("message", this.message);
			params.put("requestedSchema", this.schema);
			return Map.of("method", "elicitation/create", "params", params);
		}

		/**
		 * Read the response of the client.
		 * @return the answer, or {@code null} when it is no response to a form
		 */
		@Nullable Map<String, Object> read(@Nullable Object response) {
			if (!(response instanceof Map<?, ?> map)) {
				return null;
			}
			return switch (String.valueOf(map.get("action"))) {
				case "accept" -> this.reader.apply(content(map.get("content")));
				case "decline" -> Map.of("outcome", "decline");
				case "cancel" -> Map.of("outcome", "cancel");
				default -> null;
			};
		}

		@SuppressWarnings("unchecked")
		private static Map<String, Object> content(@Nullable Object content) {
			// Keys of decoded maps are texts.
			return (content instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of();
		}

	}

}
