package io.agentsocket.codec;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;

/**
 * Reads a type that is written as text from text only, and from the form in which it is
 * written. Where an annotation or the application's configuration says that it is written
 * otherwise, Jackson decides.
 */
final class StrictText extends DelegatingDeserializer {

	private static final int UUID_LENGTH = 36;

	private final Class<?> type;

	private final @Nullable TextForm form;

	StrictText(ValueDeserializer<?> delegate, Class<?> type, @Nullable TextForm form) {
		super(delegate);
		this.type = type;
		this.form = form;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new StrictText(delegate, this.type, this.form);
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
		ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
				context.constructType(this.type));
		JsonFormat.Value format = PropertyFormats.of(context, property, this.type);
		JsonFormat.Shape shape = format.getShape();
		boolean text = shape == JsonFormat.Shape.ANY || shape == JsonFormat.Shape.NATURAL
				|| shape == JsonFormat.Shape.STRING;
		if (!text || shape != JsonFormat.Shape.STRING && isTimestamp(context)) {
			return delegate;
		}
		return new StrictText(delegate, this.type,
				format.hasPattern() ? null : TextForm.of(this.type, context.getConfig()));
	}

	private boolean isTimestamp(DeserializationContext context) {
		if (this.form == null || this.type == UUID.class || this.type == URI.class) {
			return false;
		}
		return context.isEnabled((this.type == Duration.class) ? DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS
				: DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS);
	}

	/**
	 * A text that is no value of the type is a text of another form, whatever Jackson
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
		boolean bytes = token == JsonToken.VALUE_EMBEDDED_OBJECT
				&& (this.type == byte[].class || ByteBuffer.class.isAssignableFrom(this.type));
		return bytes ? this._delegatee.deserialize(parser, context) : context.handleUnexpectedToken(this.type, parser);
	}

}
