package io.agentsocket.bridge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON that goes between a chat model and an action.
 */
public final class CallArguments {

	/** Reads each number as it is written. */
	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	/** Tells which values can be sent; the other codec can send the same. */
	private static final Codec CODEC = JacksonCodec.json();

	/** Characters that a model may write: 1 Mi, far more than a reply of one has. */
	private static final int MAX_LENGTH = 1 << 20;

	private CallArguments() {
	}

	/**
	 * Read arguments as a model wrote them.
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
		map.forEach((key, member) -> arguments.put(String.valueOf(key), plain(member)));
		if (!isSendable(arguments)) {
			throw misfit("have a text with half a character, a number of too many digits, or are nested too deeply");
		}
		return arguments;
	}

	/** A number is a {@code double} when that is the same number. */
	private static @Nullable Object plain(@Nullable Object value) {
		if (value instanceof BigDecimal number) {
			double near = number.doubleValue();
			boolean same = Double.isFinite(near) && new BigDecimal(Double.toString(near)).compareTo(number) == 0;
			return same ? (Object) near : number;
		}
		if (value instanceof Map<?, ?> map) {
			Map<String, @Nullable Object> copy = new LinkedHashMap<>();
			map.forEach((key, member) -> copy.put(String.valueOf(key), plain(member)));
			return copy;
		}
		return (value instanceof List<?> list) ? copy(list) : value;
	}

	private static List<@Nullable Object> copy(List<?> list) {
		List<@Nullable Object> copy = new ArrayList<>();
		list.forEach((element) -> copy.add(plain(element)));
		return copy;
	}

	private static boolean isSendable(Object value) {
		try {
			CODEC.encode(value);
			return true;
		}
		catch (CodecException ex) {
			return false;
		}
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
	 * @return the value, or the text itself if it is no JSON that can be sent
	 */
	public static Object readOrText(String json) {
		try {
			Object value = plain(MAPPER.readValue(json, Object.class));
			return (value == null) ? "" : isSendable(value) ? value : json;
		}
		catch (JacksonException ex) {
			return json;
		}
	}

}
