package io.agentsocket.connection.stream;

import java.lang.reflect.Type;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the body of an item by the type of its frame.
 */
public final class ItemDecoder {

	private ItemDecoder() {
	}

	/** Decodes an item to a type, whose declared nullness counts. */
	public static <T> @Nullable T decode(Codec codec, FrameType frameType, Bytes body, Type type) {
		return decode(codec, frameType, body, type, Strictness.DECLARED);
	}

	/**
	 * Decodes an item to a type.
	 * @throws CodecException malformed when the bytes are nothing, else when they do not
	 * fit the type
	 */
	@SuppressWarnings("unchecked")
	public static <T> @Nullable T decode(Codec codec, FrameType frameType, Bytes body, Type type,
			Strictness strictness) {
		if (frameType == FrameType.DATA) {
			return codec.decode(body, type, strictness);
		}
		if (frameType == FrameType.TEXT) {
			if (!Utf8.isValid(body)) {
				throw new CodecException(true, "", "text that is not UTF-8", null);
			}
			if (accepts(type, String.class)) {
				return (T) body.toUtf8();
			}
			throw new CodecException(false, "", "text where another type is expected", null);
		}
		if (accepts(type, byte[].class)) {
			return (T) body.toArray();
		}
		if (type == Bytes.class) {
			return (T) body;
		}
		throw new CodecException(false, "", "bytes where another type is expected", null);
	}

	private static boolean accepts(Type type, Class<?> value) {
		return type instanceof Class<?> target && target.isAssignableFrom(value);
	}

}
