package io.agentsocket.codec;

import java.math.BigDecimal;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Reads an enum from the written forms of its constants: texts, numbers that they have,
 * or their positions if the application says so.
 */
final class StrictEnum extends DelegatingDeserializer {

	private final Class<?> type;

	/** Whether a method of the constants gives their numbers. */
	private final boolean numbers;

	private final boolean positions;

	StrictEnum(ValueDeserializer<?> delegate, Class<?> type, boolean numbers, boolean positions) {
		super(delegate);
		this.type = type;
		this.numbers = numbers;
		this.positions = positions;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new StrictEnum(delegate, this.type, this.numbers, this.positions);
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
		ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
				context.constructType(this.type));
		JsonFormat.Value format = PropertyFormats.of(context, property, this.type);
		JsonFormat.Shape shape = format.getShape();
		if (format.hasPattern() || shape == JsonFormat.Shape.OBJECT || shape == JsonFormat.Shape.POJO
				|| shape == JsonFormat.Shape.ARRAY) {
			return delegate;
		}
		boolean positions = !this.numbers && (shape.isNumeric() || this.positions && shape != JsonFormat.Shape.STRING);
		return new StrictEnum(delegate, this.type, this.numbers, positions);
	}

	@Override
	public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
		JsonToken token = parser.currentToken();
		if (token == JsonToken.VALUE_STRING && !this.numbers && !this.positions) {
			String text = parser.getString();
			return text.equals(text.trim()) ? this._delegatee.deserialize(parser, context)
					: context.handleWeirdStringValue(this.type, text, "spaces around it");
		}
		if (token == JsonToken.VALUE_NUMBER_INT) {
			return this.positions ? constant(parser, context) : this._delegatee.deserialize(parser, context);
		}
		if (token == JsonToken.VALUE_NUMBER_FLOAT && (this.numbers || this.positions)) {
			return integer(parser, context);
		}
		return (token.isScalarValue()) ? context.handleUnexpectedToken(this.type, parser)
				: this._delegatee.deserialize(parser, context);
	}

	/** A number without a fraction in another spelling. */
	private @Nullable Object integer(JsonParser parser, DeserializationContext context) {
		Object number = StrictNumbers.exact(parser, context, this.type, BigDecimal::longValueExact);
		if (!(number instanceof Long integer)) {
			return number;
		}
		TokenBuffer buffer = context.bufferForInputBuffering(parser);
		buffer.writeNumber(integer);
		try (JsonParser again = buffer.asParser(context, parser)) {
			again.nextToken();
			return deserialize(again, context);
		}
	}

	private @Nullable Object constant(JsonParser parser, DeserializationContext context) {
		Object[] constants = this.type.getEnumConstants();
		int position = parser.getIntValue();
		return (position >= 0 && position < constants.length) ? constants[position]
				: context.handleWeirdNumberValue(this.type, position, "no constant has this position");
	}

}
