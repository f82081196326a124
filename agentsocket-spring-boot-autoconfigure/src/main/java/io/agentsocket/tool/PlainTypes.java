package io.agentsocket.tool;

import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.jdk.NumberDeserializers;
import tools.jackson.databind.deser.jdk.StringDeserializer;

/**
 * Types of which Jackson's own deserializer does nothing with a fitting token but take
 * its value, which costs much less without the context that a deserializer needs. All
 * other tokens are for the deserializer.
 */
enum PlainTypes {

	/** None of these, or there is another deserializer for it. */
	NONE,

	TEXT, INT, LONG, DOUBLE, BOOLEAN;

	static PlainTypes of(ObjectMapper mapper, JavaType type) {
		PlainTypes plain = of(type.getRawClass());
		if (mapper.deserializationConfig().getDefaultPropertyFormat(type.getRawClass()).hasShape()) {
			return NONE;
		}
		return (plain != NONE && plain.isReadBy(deserializer(mapper, type))) ? plain : NONE;
	}

	private static PlainTypes of(Class<?> type) {
		if (type == String.class) {
			return TEXT;
		}
		if (type == int.class || type == Integer.class) {
			return INT;
		}
		if (type == long.class || type == Long.class) {
			return LONG;
		}
		if (type == double.class || type == Double.class) {
			return DOUBLE;
		}
		return (type == boolean.class || type == Boolean.class) ? BOOLEAN : NONE;
	}

	private static Class<?> deserializer(ObjectMapper mapper, JavaType type) {
		DeserializationContext context = mapper._deserializationContext();
		ValueDeserializer<?> found = context.findRootValueDeserializer(type);
		// The codec looks at the token before Jackson does, and so does this.
		boolean strict = found.getClass().getPackageName().equals(Codec.class.getPackageName());
		return (strict && found.getDelegatee() != null) ? found.getDelegatee().getClass() : found.getClass();
	}

	private boolean isReadBy(Class<?> deserializer) {
		return deserializer == switch (this) {
			case TEXT -> StringDeserializer.class;
			case INT -> NumberDeserializers.IntegerDeserializer.class;
			case LONG -> NumberDeserializers.LongDeserializer.class;
			case DOUBLE -> NumberDeserializers.DoubleDeserializer.class;
			case BOOLEAN -> NumberDeserializers.BooleanDeserializer.class;
			case NONE -> null;
		};
	}

	/**
	 * Read the value of the present token.
	 * @param parser the parser
	 * @return the value, or {@code null} if it takes a deserializer
	 */
	@Nullable Object read(JsonParser parser) {
		JsonToken token = parser.currentToken();
		switch (this) {
			case TEXT:
				return (token == JsonToken.VALUE_STRING) ? parser.getString() : null;
			case INT:
				return (token == JsonToken.VALUE_NUMBER_INT) ? (Object) parser.getIntValue() : null;
			case LONG:
				return (token == JsonToken.VALUE_NUMBER_INT) ? (Object) parser.getLongValue() : null;
			case DOUBLE:
				return (token == JsonToken.VALUE_NUMBER_FLOAT) ? (Object) parser.getDoubleValue() : null;
			case BOOLEAN:
				if (token == JsonToken.VALUE_TRUE) {
					return Boolean.TRUE;
				}
				return (token == JsonToken.VALUE_FALSE) ? Boolean.FALSE : null;
			default:
				return null;
		}
	}

}
