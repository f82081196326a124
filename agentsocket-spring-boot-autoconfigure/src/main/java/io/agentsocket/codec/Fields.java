package io.agentsocket.codec;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys of a map of the protocol: a known key with a value of another type or
 * out of range is an error that names the key.
 */
final class Fields {

	private final Map<?, ?> map;

	private final String path;

	private Fields(Map<?, ?> map, String path) {
		this.map = map;
		this.path = path;
	}

	static Fields of(Map<String, Object> map) {
		return new Fields(map, "");
	}

	@Nullable Fields map(String key) {
		if (!this.map.containsKey(key)) {
			return null;
		}
		if (this.map.get(key) instanceof Map<?, ?> nested) {
			return new Fields(nested, this.path + "/" + key);
		}
		throw failure(key, "expected an object");
	}

	@Nullable String text(String key, int max) {
		if (!this.map.containsKey(key)) {
			return null;
		}
		if (!(this.map.get(key) instanceof String text)) {
			throw failure(key, "expected a text");
		}
		if (text.length() > max || Bytes.utf8(text).length() > max) {
			throw failure(key, "longer than " + max + " bytes");
		}
		return text;
	}

	String requiredText(String key, int max) {
		String text = text(key, max);
		if (text == null) {
			throw failure(key, "is required");
		}
		return text;
	}

	long integer(String key, long min, long max) {
		if (!this.map.containsKey(key)) {
			return -1;
		}
		Object value = this.map.get(key);
		if (value instanceof Integer || value instanceof Long) {
			long number = ((Number) value).longValue();
			if (number >= min && number <= max) {
				return number;
			}
		}
		throw failure(key, "expected an integer from " + min + " to " + max);
	}

	long requiredInteger(String key, long min, long max) {
		long number = integer(key, min, max);
		if (number == -1) {
			throw failure(key, "is required");
		}
		return number;
	}

	CodecException failure(String key, String message) {
		return new CodecException(false, this.path + "/" + key, message, null);
	}

	/** Puts a value only if there is one. */
	static final class Writer {

		private final Map<String, Object> map = new LinkedHashMap<>();

		Writer put(String key, @Nullable Object value) {
			if (value != null) {
				this.map.put(key, value);
			}
			return this;
		}

		Writer put(String key, long value) {
			if (value >= 0) {
				this.map.put(key, value);
			}
			return this;
		}

		Map<String, Object> map() {
			return this.map;
		}

	}

}
