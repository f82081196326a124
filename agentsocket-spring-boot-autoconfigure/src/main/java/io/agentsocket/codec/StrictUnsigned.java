package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Reads numbers of Kotlin that have no sign from each number without a fraction, in any
 * spelling, and from nothing else.
 */
final class StrictUnsigned extends DelegatingDeserializer {

	private final Class<?> type;

	StrictUnsigned(ValueDeserializer<?> delegate, Class<?> type) {
		super(delegate);
		this.type = type;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new StrictUnsigned(delegate, this.type);
	}

	@Override
	public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
		JsonToken token = parser.currentToken();
		if (token == JsonToken.VALUE_NUMBER_INT) {
			return this._delegatee.deserialize(parser, context);
		}
		if (token != JsonToken.VALUE_NUMBER_FLOAT) {
			return context.handleUnexpectedToken(this.type, parser);
		}
		Object number = StrictNumbers.exact(parser, context, this.type, BigDecimal::toBigIntegerExact);
		if (!(number instanceof BigInteger integer)) {
			return number;
		}
		try (TokenBuffer buffer = context.bufferForInputBuffering(parser)) {
			buffer.writeNumber(integer);
			try (JsonParser written = buffer.asParserOnFirstToken(context)) {
				return this._delegatee.deserialize(written, context);
			}
		}
	}

}
