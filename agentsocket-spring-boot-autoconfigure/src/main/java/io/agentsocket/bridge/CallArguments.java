package io.agentsocket.bridge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON that goes between a chat model and an action.
 */
public final class CallArguments {

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	/** Characters that a model may write: 1 Mi, far more than a reply of one has. */
	private static final int MAX_LENGTH = 1 << 20;

	private CallArguments() {
	}

	/**
	 * Read what a model wrote as arguments.
	 * @param json JSON text of an object; blank for none
	 * @return the arguments, to be changed freely
	 * @throws ActionException INVALID_ARGUMENT with a sentence that helps the model, when
	 * it is no JSON object
	 */
	public static Map<String, Object> read(String json) {
		if (json.isBlank()) {
			return new LinkedHashMap<>();
		}
		if (json.length() > MAX_LENGTH) {
			throw misfit("are longer than " + MAX_LENGTH + " characters");
		}
		Object value;
		try {
			value = MAPPER.readValue(json, Object.class);
		}
		catch (JacksonException ex) {
			throw misfit("are broken JSON" + at(ex.getLocation()));
		}
		if (value == null) {
			return new LinkedHashMap<>();
		}
		if (!(value instanceof Map<?, ?> map)) {
			throw misfit("are no JSON object");
		}
		Map<String, Object> arguments = new LinkedHashMap<>();
		map.forEach((key, member) -> arguments.put(String.valueOf(key), member));
		return arguments;
	}

	private static String at(TokenStreamLocation location) {
		boolean known = location != null && location.getLineNr() > 0;
		return known ? " at line " + location.getLineNr() + ", column " + location.getColumnNr() : "";
	}

	private static ActionException misfit(String problem) {
		String message = "The arguments " + problem + "; write one JSON object that fits the schema of the tool";
		return new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments are no JSON object.")
			.withViolations(List.of(new Violation("", "type", message)));
	}

	/**
	 * Write a value.
	 * @param value anything that a codec has decoded
	 * @return JSON text
	 */
	public static String write(Object value) {
		return MAPPER.writeValueAsString(value);
	}

	/**
	 * Read any JSON value.
	 * @param json the text
	 * @return the value, or the text itself if it is no JSON
	 */
	public static Object readOrText(String json) {
		try {
			Object value = MAPPER.readValue(json, Object.class);
			return (value != null) ? value : "";
		}
		catch (JacksonException ex) {
			return json;
		}
	}

}
