package io.agentsocket.session.redis;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.data.redis.serializer.SerializationException;

/**
 * Values of Spring Session as bytes: one that says which form follows, then a Long, an
 * Integer (Spring Session expects these two for its own fields) or JSON without any names
 * of types. Nothing at all is {@code null}.
 */
final class AttributeSerializer implements RedisSerializer<Object> {

	private static final byte LONG = 1;

	private static final byte INTEGER = 2;

	private static final byte JSON = 3;

	private final JsonMapper mapper;

	AttributeSerializer(JsonMapper mapper) {
		this.mapper = mapper;
	}

	@Override
	public byte[] serialize(@Nullable Object value) {
		if (value == null) {
			return new byte[0];
		}
		if (value instanceof Long number) {
			return ByteBuffer.allocate(1 + Long.BYTES).put(LONG).putLong(number).array();
		}
		if (value instanceof Integer number) {
			return ByteBuffer.allocate(1 + Integer.BYTES).put(INTEGER).putInt(number).array();
		}
		byte[] json = (value instanceof JsonValue stored) ? stored.json() : json(value);
		return ByteBuffer.allocate(1 + json.length).put(JSON).put(json).array();
	}

	private byte[] json(Object value) {
		try {
			return this.mapper.writeValueAsBytes(value);
		}
		catch (JacksonException ex) {
			throw new SerializationException("An attribute of type " + value.getClass().getName() + " is not JSON", ex);
		}
	}

	@Override
	public @Nullable Object deserialize(byte @Nullable [] bytes) {
		if (bytes == null || bytes.length == 0) {
			return null;
		}
		ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
		if (bytes[0] == LONG && buffer.remaining() == Long.BYTES) {
			return buffer.getLong();
		}
		if (bytes[0] == INTEGER && buffer.remaining() == Integer.BYTES) {
			return buffer.getInt();
		}
		if (bytes[0] == JSON) {
			byte[] json = new byte[buffer.remaining()];
			buffer.get(json);
			return new JsonValue(this.mapper, json);
		}
		throw new SerializationException("Not a value of this application: it begins with " + bytes[0]);
	}

}
