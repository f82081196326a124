package io.agentsocket.codec;

import java.math.BigDecimal;
import java.util.Arrays;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;

/**
 * Reads truth values from truth values: Jackson takes blank text for {@code null}. Where
 * an annotation says that they are written as numbers or texts, from these, too.
 */
final class StrictBooleans extends DelegatingDeserializer {

	/** Elements that there is room for in the beginning. */
	private static final int ROOM = 16;

	private final Class<?> type;

	/** How they are written where an annotation says so. */
	private final JsonFormat.Shape shape;

	StrictBooleans(ValueDeserializer<?> delegate, Class<?> type) {
		this(delegate, type, JsonFormat.Shape.ANY);
	}

	private StrictBooleans(ValueDeserializer<?> delegate, Class<?> type, JsonFormat.Shape shape) {
		super(delegate);
		this.type = type;
		this.shape = shape;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return new StrictBooleans(delegate, this.type, this.shape);
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
		ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
				context.constructType(this.type));
		JsonFormat.Value format = PropertyFormats.of(context, property, this.type);
		JsonFormat.Shape shape = format.getShape();
		boolean known = !format.hasShape() || shape.isNumeric() || shape == JsonFormat.Shape.STRING;
		return known ? new StrictBooleans(delegate, this.type, shape) : delegate;
	}

	@Override
	public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
		JsonToken token = parser.currentToken();
		if (this.type == boolean[].class && token == JsonToken.START_ARRAY) {
			return array(parser, context);
		}
		if ((this.type == boolean.class || this.type == Boolean.class) && this.shape != JsonFormat.Shape.ANY) {
			return other(parser, context, token);
		}
		return (token.isBoolean() || !token.isScalarValue()) ? this._delegatee.deserialize(parser, context)
				: context.handleUnexpectedToken(this.type, parser);
	}

	/** A truth value that is written as a number or a text. */
	private @Nullable Object other(JsonParser parser, DeserializationContext context, JsonToken token) {
		if (this.shape.isNumeric() && token.isNumeric()) {
			Object number = StrictNumbers.exact(parser, context, this.type, BigDecimal::intValueExact);
			return (number instanceof Integer one && (one == 0 || one == 1)) ? Boolean.valueOf(one == 1)
					: context.handleUnexpectedToken(this.type, parser);
		}
		if (this.shape == JsonFormat.Shape.STRING && token == JsonToken.VALUE_STRING) {
			String text = parser.getString();
			return (text.equals("true") || text.equals("false")) ? Boolean.valueOf(text)
					: context.handleWeirdStringValue(this.type, text, "no truth value");
		}
		return context.handleUnexpectedToken(this.type, parser);
	}

	private boolean[] array(JsonParser parser, DeserializationContext context) {
		boolean[] values = new boolean[ROOM];
		int count = 0;
		try {
			while (parser.nextToken() != JsonToken.END_ARRAY) {
				if (count == values.length) {
					values = Arrays.copyOf(values, 2 * count);
				}
				values[count] = element(parser, context);
				count++;
			}
		}
		catch (JacksonException ex) {
			throw ex.prependPath(values, count);
		}
		return Arrays.copyOf(values, count);
	}

	private static boolean element(JsonParser parser, DeserializationContext context) {
		if (parser.currentToken().isBoolean()) {
			return parser.getBooleanValue();
		}
		Object other = (parser.currentToken() == JsonToken.VALUE_NULL)
				? context.reportInputMismatch(boolean.class, "Cannot map `null` into type %s", boolean.class)
				: context.handleUnexpectedToken(boolean.class, parser);
		return Boolean.TRUE.equals(other);
	}

}
