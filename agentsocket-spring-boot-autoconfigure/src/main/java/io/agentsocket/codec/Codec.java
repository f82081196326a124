package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/**
 * Encodes and decodes payloads. The sub-protocol of a connection fixes its codec for
 * HELLO, WELCOME, metadata, descriptors, arguments and items. Thread-safe. Implements
 * section 24 of {@code docs/protocol.md}.
 */
public interface Codec {

	/**
	 * Short name for logs and metrics.
	 * @return {@code cbor} or {@code json}
	 */
	String name();

	/**
	 * WebSocket sub-protocol that selects this codec.
	 * @return {@code agentsocket.v1.} and the name
	 */
	String subProtocol();

	/**
	 * Encode a value.
	 * @param value any value that Jackson can write, or {@code null}
	 * @return the bytes
	 * @throws CodecException if the value cannot be written
	 */
	Bytes encode(@Nullable Object value);

	/**
	 * Encode a value as its declared type says: the elements of a container, the values
	 * of type parameters and whatever is polymorphic are written as they were declared,
	 * not as the classes of the single values would be. There is no {@code null} where
	 * the type declares that there is none. A value that is not of its type, such as a
	 * map in place of a record, is written as it is, alone or as an element.
	 * @param value a value of the type, another one, or {@code null}
	 * @param type the declared type
	 * @return the bytes
	 * @throws CodecException if the value cannot be written
	 */
	Bytes encode(@Nullable Object value, Type type);

	/**
	 * Decode a value. Each part that the type declares not to be {@code null} must be
	 * there.
	 * @param bytes exactly one encoded value
	 * @param type the target
	 * @param <T> the target
	 * @return the value, {@code null} for an encoded null
	 * @throws CodecException if the bytes are malformed, nested too deeply, followed by
	 * others, or do not fit the type
	 * @throws IllegalArgumentException if no value can be read into the type
	 */
	<T> @Nullable T decode(Bytes bytes, Type type);

	/**
	 * Decode a value that must fit its type more or less exactly.
	 * {@link #decode(Bytes, Type)} takes it for one that the other side tells in terms of
	 * its own.
	 * @param bytes exactly one encoded value
	 * @param type the target
	 * @param strictness whose schema the value follows
	 * @param <T> the target
	 * @return the value, {@code null} for an encoded null
	 * @throws CodecException if the bytes are malformed, nested too deeply, followed by
	 * others, or do not fit the type
	 * @throws IllegalArgumentException if no value can be read into the type
	 */
	@Internal
	default <T> @Nullable T decode(Bytes bytes, Type type, Strictness strictness) {
		return decode(bytes, type);
	}

	/**
	 * Encode a map of the protocol itself (HELLO, a descriptor): not affected by how
	 * {@link #mapper()} is configured.
	 * @param map of maps, lists, texts, numbers, booleans, {@code byte[]} and nulls
	 * @return the bytes
	 * @throws CodecException if the map cannot be written
	 */
	Bytes encodeMap(Map<String, ?> map);

	/**
	 * Decode a map of the protocol itself: not affected by how {@link #mapper()} is
	 * configured.
	 * @param bytes exactly one encoded map
	 * @return the map, of maps, lists, texts, numbers, booleans, {@code byte[]} and nulls
	 * @throws CodecException if the bytes are malformed, nested too deeply, followed by
	 * others, or no map
	 */
	Map<String, Object> decodeMap(Bytes bytes);

	/**
	 * Encode metadata.
	 * @param metadata the metadata
	 * @return the bytes, empty when nothing is set
	 */
	@Internal
	Bytes encodeMetadata(Metadata metadata);

	/**
	 * Decode metadata; unknown keys are ignored.
	 * @param bytes the encoded map, or empty
	 * @return the metadata
	 * @throws CodecException if the bytes are malformed
	 */
	@Internal
	Metadata decodeMetadata(Bytes bytes);

	/**
	 * Check what {@link #mapper()} would not notice, without decoding and allocating
	 * anything; {@link #decode} does it by itself. In CBOR that is the whole structure:
	 * lengths, depth, keys that are no texts, what is behind the value; in JSON that it
	 * is UTF-8 without a byte order mark.
	 * @param bytes exactly one encoded value
	 * @throws CodecException if the bytes are malformed
	 */
	void check(Bytes bytes);

	/**
	 * Check that bytes are one well-formed value, for bytes that may never be decoded.
	 * @param bytes exactly one encoded value
	 * @throws CodecException if the bytes are malformed
	 */
	void verify(Bytes bytes);

	/**
	 * Check that bytes are one well-formed map, for bytes that may never be decoded.
	 * @param bytes exactly one encoded value
	 * @throws CodecException if the bytes are malformed or another value than a map
	 */
	void verifyMap(Bytes bytes);

	/**
	 * The mapper behind the codec, for typed binding of arguments in one parse;
	 * {@link #check} the bytes first.
	 * @return the mapper, which reads and writes this codec's format
	 */
	ObjectMapper mapper();

}
