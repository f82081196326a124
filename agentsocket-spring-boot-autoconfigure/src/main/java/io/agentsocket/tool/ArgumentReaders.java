package io.agentsocket.tool;

import java.util.Set;

import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.codec.declared.NullElements;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.tool.schema.BoundArgument;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Readers of one tool's arguments for one codec.
 */
final class ArgumentReaders {

	private final ObjectMapper source;

	private final ObjectMapper mapper;

	private final ObjectReader[] readers;

	/** Values that can be taken from the parser without a reader. */
	private final PlainTypes[] plain;

	private final ValueClasses[] valueClasses;

	private ArgumentReaders(ObjectMapper source, ObjectMapper mapper, ObjectReader[] readers, PlainTypes[] plain,
			ValueClasses[] valueClasses) {
		this.source = source;
		this.mapper = mapper;
		this.readers = readers;
		this.plain = plain;
		this.valueClasses = valueClasses;
	}

	/**
	 * Make readers.
	 * @param source the codec's mapper
	 * @param mapper the mapper for arguments that was made of it
	 * @param arguments the arguments
	 * @return the readers
	 */
	static ArgumentReaders of(ObjectMapper source, ObjectMapper mapper, BoundArgument[] arguments) {
		ObjectReader[] readers = new ObjectReader[arguments.length];
		PlainTypes[] plain = new PlainTypes[arguments.length];
		ValueClasses[] valueClasses = new ValueClasses[arguments.length];
		for (int i = 0; i < arguments.length; i++) {
			ObjectReader reader = mapper.readerFor(arguments[i].type());
			if (!arguments[i].isWhole()) {
				reader = reader.without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
			}
			Set<JavaType> nullable = NullElements.allowedIn(arguments[i].annotatedType(), mapper.getTypeFactory());
			nullable.addAll(KotlinTypes.nullableElements(arguments[i].parameter().getExecutable(), arguments[i].index(),
					arguments[i].type()));
			if (!nullable.isEmpty()) {
				reader = reader.withAttribute(NullElements.ALLOWED, nullable);
			}
			readers[i] = reader;
			plain[i] = PlainTypes.of(mapper, arguments[i].type());
			valueClasses[i] = ValueClasses.of(arguments[i]);
		}
		return new ArgumentReaders(source, mapper, readers, plain, valueClasses);
	}

	ObjectMapper source() {
		return this.source;
	}

	JsonParser parser(byte[] array, int offset, int length) {
		return this.mapper.createParser(array, offset, length);
	}

	JsonNode tree(byte[] array, int offset, int length) {
		// A number that is too large for a float is still one.
		return this.mapper.readerFor(JsonNode.class)
			.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.readValue(array, offset, length);
	}

	/** How many names are in arguments, whether they are different or not. */
	int names(Bytes bytes) {
		int count = 0;
		if (!bytes.isEmpty()) {
			try (JsonParser parser = parser(bytes.array(), bytes.offset(), bytes.length())) {
				for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
					count += (token == JsonToken.PROPERTY_NAME) ? 1 : 0;
				}
			}
		}
		return count;
	}

	JsonNode emptyObject() {
		return this.mapper.createObjectNode();
	}

	@Nullable Object read(int position, JsonParser parser) {
		Object value = this.plain[position].read(parser);
		return checked(position, (value != null) ? value : this.readers[position].readValue(parser));
	}

	@Nullable Object read(int position, JsonNode node) {
		return checked(position, this.readers[position].readValue(node));
	}

	@Nullable Object read(byte[] array, int offset, int length) {
		return checked(0, this.readers[0].readValue(array, offset, length));
	}

	private @Nullable Object checked(int position, @Nullable Object value) {
		if (value != null) {
			this.valueClasses[position].check(value);
		}
		return value;
	}

}
