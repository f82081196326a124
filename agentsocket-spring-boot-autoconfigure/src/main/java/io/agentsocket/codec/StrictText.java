package io.agentsocket.codec;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetTime;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.util.TokenBuffer;

/**
 * Reads a type that is written as text from text only, and from the form in which it is
 * written. Where an annotation or the application's configuration says that it is written
 * otherwise, Jackson decides.
 */
final class StrictText extends DelegatingDeserializer {

	private static final int UUID_LENGTH = 36;

	/** From the year to the nanosecond. */
	private static final int MAX_PARTS = 7;

	private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(Long.MAX_VALUE);

	private final Class<?> type;

	private final @Nullable TextForm form;

	private final @Nullable TimestampForm timestamp;

	StrictText(ValueDeserializer<?> delegate, Class<?> type, @Nullable TextForm form) {
		this(delegate, type, form, null);
	}

	private StrictText(ValueDeserializer<?> delegate, Class<?> type, @Nullable TextForm form,
			@Nullable TimestampForm timestamp) {
		super(delegate);
		this.type = type;
		this.form = form;
		this.timestamp = timestamp;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new StrictText(delegate, this.type, this.form, this.timestamp);
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
		ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
				context.constructType(this.type));
		JsonFormat.Value format = PropertyFormats.of(context, property, this.type);
		JsonFormat.Shape shape = format.getShape();
		boolean text = shape == JsonFormat.Shape.ANY || shape == JsonFormat.Shape.NATURAL
				|| shape == JsonFormat.Shape.STRING;
		TimestampForm timestamp = (shape != JsonFormat.Shape.STRING) ? TimestampForm.of(this.type, context.getConfig())
				: null;
		// The pattern of a duration is the unit of its number, and all others make texts.
		boolean unit = timestamp != null && format.hasPattern() && this.type == Duration.class;
		if (!text || unit) {
			return delegate;
		}
		return format.hasPattern() ? new StrictText(delegate, this.type, null)
				: new StrictText(delegate, this.type, TextForm.of(this.type, context.getConfig()), timestamp);
	}

	/**
	 * A text or timestamp that is no value of the type has another form, whatever Jackson
	 * says.
	 */
	private @Nullable Object read(String text, JsonParser parser, DeserializationContext context) {
		Object value;
		try {
			value = this._delegatee.deserialize(parser, context);
		}
		catch (InvalidFormatException ex) {
			throw ex;
		}
		catch (MismatchedInputException | IllegalArgumentException | DateTimeException ex) {
			return context.handleWeirdStringValue(this.type, text, "another form");
		}
		return (value != null) ? value : context.handleWeirdStringValue(this.type, text, "no form");
	}

	@Override
	public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
		JsonToken token = parser.currentToken();
		if (token == JsonToken.VALUE_STRING) {
			String text = parser.getString();
			// Jackson takes no other form with so many characters.
			boolean known = this.type == UUID.class && text.length() == UUID_LENGTH;
			if (this.form != null && !known && !this.form.accepts(text)) {
				return context.handleWeirdStringValue(this.type, text, "another form");
			}
			if (text.length() != 1 && (this.type == char.class || this.type == Character.class)) {
				return context.handleWeirdStringValue(this.type, text, "not one character");
			}
			if (this.form != null && !TextForm.isInCalendar(this.type, text)) {
				return context.handleWeirdStringValue(this.type, text, "no such time");
			}
			return read(text, parser, context);
		}
		if (this.timestamp != null && this.timestamp.begins(token)) {
			return readTimestamp(this.timestamp, token, parser, context);
		}
		boolean bytes = token == JsonToken.VALUE_EMBEDDED_OBJECT
				&& (this.type == byte[].class || ByteBuffer.class.isAssignableFrom(this.type));
		return bytes ? this._delegatee.deserialize(parser, context) : context.handleUnexpectedToken(this.type, parser);
	}

	private @Nullable Object readTimestamp(TimestampForm timestamp, JsonToken token, JsonParser parser,
			DeserializationContext context) {
		if (token == JsonToken.VALUE_NUMBER_FLOAT && parser.getDecimalValue().abs().compareTo(MAX_SECONDS) > 0) {
			// Jackson takes it for zero.
			throw WireNumbers.outOfRange(parser, this.type);
		}
		if (timestamp == TimestampForm.NUMBER || token == JsonToken.VALUE_NUMBER_INT) {
			return read("", parser, context);
		}
		TokenBuffer copy = context.bufferForInputBuffering(parser);
		if (timestamp == TimestampForm.INTEGER) {
			Object integer = StrictNumbers.exact(parser, context, this.type, BigDecimal::longValueExact);
			if (!(integer instanceof Long number)) {
				return integer;
			}
			copy.writeNumber(number);
		}
		else if (!copyParts(parser, copy)) {
			return context.handleWeirdStringValue(this.type, "", "other parts");
		}
		try (JsonParser parts = copy.asParserOnFirstToken(context, parser)) {
			return read("", parts, context);
		}
	}

	/** Jackson cuts parts with a fraction. */
	private boolean copyParts(JsonParser parser, TokenBuffer copy) {
		copy.writeStartArray();
		for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
			boolean offset = this.type == OffsetTime.class && parser.hasToken(JsonToken.VALUE_STRING);
			if (i == MAX_PARTS || !offset && !parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
				return false;
			}
			copy.copyCurrentEvent(parser);
		}
		copy.writeEndArray();
		return true;
	}

}
