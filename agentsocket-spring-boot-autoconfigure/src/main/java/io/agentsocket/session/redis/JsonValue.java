package io.agentsocket.session.redis;

import io.agentsocket.session.StoredValue;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * An attribute as JSON.
 */
final class JsonValue implements StoredValue {

	private final JsonMapper mapper;

	private final byte[] json;

	JsonValue(JsonMapper mapper, byte[] json) {
		this.mapper = mapper;
		this.json = json;
	}

	byte[] json() {
		return this.json;
	}

	@Override
	public <T> T as(Class<T> type) {
		try {
			T value = this.mapper.readValue(this.json, type);
			if (value != null) {
				return value;
			}
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException("The attribute is not a " + type.getName(), ex);
		}
		throw new IllegalArgumentException("The attribute is not a " + type.getName());
	}

}
