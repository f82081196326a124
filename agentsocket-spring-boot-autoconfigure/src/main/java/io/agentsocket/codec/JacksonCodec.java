package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.codec.declared.ValueRules;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The codec over Jackson 3, in its two forms: {@link #cbor()} and {@link #json()}. Types
 * are read and written as the given mapper is configured to (modules, naming, inclusion);
 * the form of the bytes and the bounds of accepted values do not depend on it. The
 * mapper's configuration never touches the parts of the protocol itself (metadata, HELLO,
 * WELCOME, descriptors). Thread-safe. Implements section 24 of {@code docs/protocol.md}.
 */
public final class JacksonCodec implements Codec {

	/** Types beyond this number are written without a cache. */
	private static final int CACHED = 1024;

	private final String name;

	private final boolean binary;

	private final int depth;

	private final ObjectMapper mapper;

	private final TypedReaders declared;

	private final TypedReaders required;

	private final TypedReaders closed;

	private final ObjectWriter writer;

	private final ObjectReader plainReader;

	private final ObjectWriter plainWriter;

	private final Map<Type, DeclaredWriters> writers = new ConcurrentHashMap<>();

	private JacksonCodec(String name, int depth, ObjectMapper mapper, ObjectMapper plain) {
		this.name = name;
		this.binary = name.equals("cbor");
		this.depth = depth;
		this.mapper = mapper;
		this.declared = new TypedReaders(() -> mapper);
		this.required = new TypedReaders(() -> ValueRules.with(mapper, Strictness.REQUIRED));
		this.closed = new TypedReaders(() -> ValueRules.with(mapper, Strictness.CLOSED));
		this.writer = mapper.writer();
		this.plainReader = plain.readerFor(Map.class).without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
		this.plainWriter = plain.writer();
	}

	/**
	 * CBOR with Jackson's defaults.
	 * @return a codec
	 */
	public static JacksonCodec cbor() {
		int depth = Limits.SERVER.depth();
		return new JacksonCodec("cbor", depth, WireMappers.cbor(depth), WireMappers.plainCbor(depth));
	}

	/**
	 * CBOR.
	 * @param base a {@code CBORMapper}, or a {@code JsonMapper} to bind types as in JSON,
	 * that knows the types; not changed, and later changes to it are not seen
	 * @param depth how deep payloads may nest, at least 1
	 * @return a codec
	 * @throws IllegalArgumentException if the mapper is one of another format
	 */
	public static JacksonCodec cbor(ObjectMapper base, int depth) {
		return new JacksonCodec("cbor", depth, WireMappers.cbor(base, depth), WireMappers.plainCbor(depth));
	}

	/**
	 * JSON with Jackson's defaults.
	 * @return a codec
	 */
	public static JacksonCodec json() {
		return json(JsonMapper.builder().build(), Limits.SERVER.depth());
	}

	/**
	 * JSON.
	 * @param base knows the types; not changed, and later changes to it are not seen
	 * @param depth how deep payloads may nest, at least 1
	 * @return a codec
	 */
	public static JacksonCodec json(JsonMapper base, int depth) {
		return new JacksonCodec("json", depth, WireMappers.json(base, depth),
				WireMappers.json(JsonMapper.builder().build(), depth));
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public String subProtocol() {
		return "agentsocket.v1." + this.name;
	}

	@Override
	public ObjectMapper mapper() {
		return this.mapper;
	}

	@Override
	public Bytes encode(@Nullable Object value) {
		return write(this.writer, value);
	}

	@Override
	public Bytes encode(@Nullable Object value, Type type) {
		return (value != null) ? writersFor(type).write(value, this::write) : write(this.writer, value);
	}

	private DeclaredWriters writersFor(Type type) {
		DeclaredWriters cached = this.writers.get(type);
		if (cached != null) {
			return cached;
		}
		DeclaredWriters created = new DeclaredWriters(this.mapper, this.writer, type);
		if (this.writers.size() < CACHED) {
			this.writers.put(type, created);
		}
		return created;
	}

	@Override
	public Bytes encodeMap(Map<String, ?> map) {
		return write(this.plainWriter, map);
	}

	private Bytes write(ObjectWriter writer, @Nullable Object value) {
		ExactOutput output = new ExactOutput();
		try {
			writer.writeValue(output, value);
		}
		catch (RuntimeException ex) {
			throw CodecFailures.write(ex, this.depth);
		}
		return output.bytes();
	}

	@Override
	public <T> @Nullable T decode(Bytes bytes, Type type) {
		return read(this.declared.of(type), bytes);
	}

	@Override
	@Internal
	public <T> @Nullable T decode(Bytes bytes, Type type, Strictness strictness) {
		TypedReaders readers = switch (strictness) {
			case DECLARED -> this.declared;
			case REQUIRED -> this.required;
			case CLOSED -> this.closed;
		};
		return read(readers.of(type), bytes);
	}

	@Override
	public Map<String, Object> decodeMap(Bytes bytes) {
		Map<String, Object> map = read(this.plainReader, bytes);
		if (map == null) {
			throw new CodecException(false, "", "expected an object", null);
		}
		return map;
	}

	@Override
	public void check(Bytes bytes) {
		if (this.binary) {
			CborStructure.check(bytes, this.depth);
		}
		else {
			checkEncoding(bytes);
		}
	}

	@Override
	public void verify(Bytes bytes) {
		if (this.binary) {
			check(bytes);
		}
		else {
			skip(bytes);
		}
	}

	@Override
	public void verifyMap(Bytes bytes) {
		if (this.binary) {
			CborStructure.checkMap(bytes, this.depth);
		}
		else if (skip(bytes) != JsonToken.START_OBJECT) {
			throw new CodecException(false, "", "expected an object", null);
		}
	}

	private <T> @Nullable T read(ObjectReader reader, Bytes bytes) {
		check(bytes);
		try {
			// The check has found that CBOR is one value.
			return this.binary ? reader.readValue(bytes.array(), bytes.offset(), bytes.length())
					: readText(reader, bytes);
		}
		catch (InvalidDefinitionException ex) {
			throw new IllegalArgumentException("The type cannot be read: " + ex.getOriginalMessage(), ex);
		}
		catch (RuntimeException ex) {
			throw CodecFailures.read(ex, this.depth, this.mapper);
		}
	}

	private static <T> @Nullable T readText(ObjectReader reader, Bytes bytes) {
		try (JsonParser parser = reader.createParser(bytes.array(), bytes.offset(), bytes.length())) {
			if (parser.nextToken() == null) {
				throw new CodecException(true, "", "expected a value", null);
			}
			T value = reader.readValue(parser);
			exhausted(parser);
			return value;
		}
	}

	/** Look at a whole value, and tell what it begins with. */
	private JsonToken skip(Bytes bytes) {
		check(bytes);
		try (JsonParser parser = this.declared.untyped().createParser(bytes.array(), bytes.offset(), bytes.length())) {
			JsonToken first = parser.nextToken();
			if (first == null) {
				throw new CodecException(true, "", "expected a value", null);
			}
			parser.skipChildren();
			// Lazily parsed texts and numbers are looked at here.
			parser.finishToken();
			exhausted(parser);
			return first;
		}
		catch (RuntimeException ex) {
			throw CodecFailures.read(ex, this.depth, this.mapper);
		}
	}

	private static void checkEncoding(Bytes bytes) {
		checkBeginning(bytes);
		if (!Utf8.isValid(bytes)) {
			throw new CodecException(true, "", "text that is not UTF-8", null);
		}
		checkEscapes(bytes);
	}

	/** An escape may be half of a surrogate pair, which no text has alone. */
	private static void checkEscapes(Bytes bytes) {
		byte[] array = bytes.array();
		int end = bytes.offset() + bytes.length();
		boolean half = false;
		int i = bytes.offset();
		while (i < end) {
			if (!half) {
				i = Utf8.indexOf(array, i, end, (byte) '\\');
			}
			if (i == end || array[i] != '\\') {
				refuse(half);
				i++;
				continue;
			}
			int code = codeUnit(array, i, end);
			boolean second = code >= Character.MIN_LOW_SURROGATE && code <= Character.MAX_LOW_SURROGATE;
			refuse(half != second);
			half = code >= Character.MIN_HIGH_SURROGATE && code <= Character.MAX_HIGH_SURROGATE;
			i += (code < 0) ? 2 : 6;
		}
	}

	private static int codeUnit(byte[] array, int escape, int end) {
		if (escape + 6 > end || array[escape + 1] != 'u') {
			return -1;
		}
		int code = 0;
		for (int i = escape + 2; i < escape + 6; i++) {
			code = code << 4 | Character.digit(array[i], 16);
		}
		return code;
	}

	private static void refuse(boolean half) {
		if (half) {
			throw new CodecException(true, "", "half of a surrogate pair", null);
		}
	}

	/** The parser would guess other encodings and skip a byte order mark. */
	private static void checkBeginning(Bytes bytes) {
		int length = Math.min(bytes.length(), 2);
		for (int i = 0; i < length; i++) {
			int octet = bytes.array()[bytes.offset() + i];
			if (octet == 0 || i == 0 && octet < 0) {
				throw new CodecException(true, "", "malformed", null);
			}
		}
	}

	private static void exhausted(JsonParser parser) {
		JsonToken token;
		try {
			token = parser.nextToken();
		}
		catch (RuntimeException ex) {
			throw new CodecException(true, "", "followed by other bytes", ex);
		}
		if (token != null) {
			throw new CodecException(true, "", "followed by other bytes", null);
		}
	}

	@Override
	@Internal
	public Bytes encodeMetadata(Metadata metadata) {
		int size = MetadataFormat.size(metadata);
		if (size == 0) {
			return Bytes.EMPTY;
		}
		ExactOutput output = new ExactOutput();
		try (JsonGenerator generator = this.plainWriter.createGenerator(output)) {
			MetadataFormat.write(generator, metadata, size);
		}
		catch (RuntimeException ex) {
			throw CodecFailures.write(ex, this.depth);
		}
		return output.bytes();
	}

	@Override
	@Internal
	public Metadata decodeMetadata(Bytes bytes) {
		if (bytes.isEmpty()) {
			return Metadata.NONE;
		}
		if (this.binary) {
			CborStructure.checkMetadata(bytes, this.depth);
		}
		else {
			checkEncoding(bytes);
		}
		try (JsonParser parser = this.plainReader.createParser(bytes.array(), bytes.offset(), bytes.length())) {
			Metadata metadata = MetadataFormat.read(parser);
			exhausted(parser);
			return metadata;
		}
		catch (RuntimeException ex) {
			throw CodecFailures.read(ex, this.depth, this.mapper);
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

}
