package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Year;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;

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
 * Reads numbers from numbers: an integer from each number without a fraction, in any
 * spelling, and a float only from what does not become infinite in it. With
 * {@code @JsonFormat(shape = STRING)} they are texts.
 */
abstract sealed class StrictNumbers extends DelegatingDeserializer {

	/** More digits than any number has that Jackson reads by default. */
	private static final int MAX_DIGITS = 1000;

	private static final Map<Class<?>, Function<BigDecimal, Object>> INTEGERS = Map.ofEntries(
			Map.entry(byte.class, BigDecimal::byteValueExact), Map.entry(Byte.class, BigDecimal::byteValueExact),
			Map.entry(short.class, BigDecimal::shortValueExact), Map.entry(Short.class, BigDecimal::shortValueExact),
			Map.entry(int.class, BigDecimal::intValueExact), Map.entry(Integer.class, BigDecimal::intValueExact),
			Map.entry(long.class, BigDecimal::longValueExact), Map.entry(Long.class, BigDecimal::longValueExact),
			Map.entry(BigInteger.class, BigDecimal::toBigIntegerExact),
			Map.entry(AtomicInteger.class, (number) -> new AtomicInteger(number.intValueExact())),
			Map.entry(AtomicLong.class, (number) -> new AtomicLong(number.longValueExact())),
			Map.entry(OptionalInt.class, (number) -> OptionalInt.of(number.intValueExact())),
			Map.entry(OptionalLong.class, (number) -> OptionalLong.of(number.longValueExact())),
			Map.entry(Year.class, (number) -> Year.of(number.intValueExact())));

	private static final Map<Class<?>, Function<String, Object>> FLOATS = Map.of(float.class, Float::valueOf,
			Float.class, Float::valueOf, double.class, Double::valueOf, Double.class, Double::valueOf, BigDecimal.class,
			BigDecimal::new, Number.class, BigDecimal::new, OptionalDouble.class,
			(text) -> OptionalDouble.of(Double.parseDouble(text)));

	/** Jackson writes them as numbers whatever their format. */
	private static final Set<Class<?>> UNSHAPED = Set.of(AtomicInteger.class, AtomicLong.class, OptionalInt.class,
			OptionalLong.class, OptionalDouble.class);

	private static final Pattern NUMBER = Pattern.compile("-?\\d{1,400}(\\.\\d{1,400})?([eE][+-]?\\d{1,3})?");

	final Class<?> type;

	private final boolean text;

	private StrictNumbers(ValueDeserializer<?> delegate, Class<?> type, boolean text) {
		super(delegate);
		this.type = type;
		this.text = text;
	}

	@Override
	protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
		return with(delegate, this.text);
	}

	abstract ValueDeserializer<?> with(ValueDeserializer<?> delegate, boolean text);

	abstract @Nullable Object read(JsonParser parser, DeserializationContext context, JsonToken token);

	abstract Object parse(String text);

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
		ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
				context.constructType(this.type));
		JsonFormat.Value format = PropertyFormats.of(context, property, this.type);
		JsonFormat.Shape shape = format.getShape();
		if (format.hasPattern() || shape == JsonFormat.Shape.BINARY) {
			return delegate;
		}
		return with(delegate, shape == JsonFormat.Shape.STRING && !UNSHAPED.contains(this.type));
	}

	@Override
	public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
		JsonToken token = parser.currentToken();
		if (!token.isScalarValue()) {
			return this._delegatee.deserialize(parser, context);
		}
		if (token.isNumeric() && !this.text) {
			return read(parser, context, token);
		}
		if (token == JsonToken.VALUE_STRING && this.text) {
			return fromText(parser.getString(), parser, context);
		}
		return context.handleUnexpectedToken(this.type, parser);
	}

	private @Nullable Object fromText(String text, JsonParser parser, DeserializationContext context) {
		if (!NUMBER.matcher(text).matches()) {
			return context.handleWeirdStringValue(this.type, text, "no number");
		}
		try {
			return checked(parse(text), parser);
		}
		catch (ArithmeticException | NumberFormatException ex) {
			return context.handleWeirdStringValue(this.type, text, "another number");
		}
	}

	Object checked(Object value, JsonParser parser) {
		boolean infinite = value instanceof Double number && number.isInfinite()
				|| value instanceof Float small && small.isInfinite()
				|| value instanceof OptionalDouble optional && Double.isInfinite(optional.orElse(0));
		if (infinite) {
			throw WireNumbers.outOfRange(parser, this.type);
		}
		return value;
	}

	/**
	 * A number as another one.
	 * @param <T> type of the other one
	 * @param parser where it stands
	 * @param context has the rules
	 * @param type the other type
	 * @param conversion converts it exactly or fails
	 * @return its value
	 */
	static <T> @Nullable Object exact(JsonParser parser, DeserializationContext context, Class<?> type,
			Function<BigDecimal, T> conversion) {
		BigDecimal number = parser.getDecimalValue();
		if ((long) number.precision() - number.scale() > MAX_DIGITS) {
			throw WireNumbers.outOfRange(parser, type);
		}
		if (number.signum() != 0 && (number.scale() > MAX_DIGITS || number.stripTrailingZeros().scale() > 0)) {
			return context.handleUnexpectedToken(type, parser);
		}
		try {
			return conversion.apply((number.signum() != 0) ? number : BigDecimal.ZERO);
		}
		catch (ArithmeticException ex) {
			throw WireNumbers.outOfRange(parser, type);
		}
	}

	/** Integers. */
	static final class OfIntegers extends StrictNumbers {

		private final Function<BigDecimal, Object> conversion;

		OfIntegers(ValueDeserializer<?> delegate, Class<?> type) {
			this(delegate, type, false);
		}

		private OfIntegers(ValueDeserializer<?> delegate, Class<?> type, boolean text) {
			super(delegate, type, text);
			this.conversion = INTEGERS.getOrDefault(type, BigDecimal::longValueExact);
		}

		@Override
		ValueDeserializer<?> with(ValueDeserializer<?> delegate, boolean text) {
			return new OfIntegers(delegate, this.type, text);
		}

		@Override
		@Nullable Object read(JsonParser parser, DeserializationContext context, JsonToken token) {
			// Jackson takes bytes without a sign as well, and makes them negative.
			boolean octet = this.type == byte.class || this.type == Byte.class;
			return (token == JsonToken.VALUE_NUMBER_INT && !octet) ? this._delegatee.deserialize(parser, context)
					: exact(parser, context, this.type, this.conversion);
		}

		@Override
		Object parse(String text) {
			return this.conversion.apply(new BigDecimal(text));
		}

	}

	/** Numbers with fractions. */
	static final class OfFloats extends StrictNumbers {

		OfFloats(ValueDeserializer<?> delegate, Class<?> type) {
			this(delegate, type, false);
		}

		private OfFloats(ValueDeserializer<?> delegate, Class<?> type, boolean text) {
			super(delegate, type, text);
		}

		@Override
		ValueDeserializer<?> with(ValueDeserializer<?> delegate, boolean text) {
			return new OfFloats(delegate, this.type, text);
		}

		@Override
		Object read(JsonParser parser, DeserializationContext context, JsonToken token) {
			return checked(this._delegatee.deserialize(parser, context), parser);
		}

		@Override
		Object parse(String text) {
			return FLOATS.getOrDefault(this.type, BigDecimal::new).apply(text);
		}

	}

	/** Arrays of them, whose elements Jackson reads by itself. */
	static final class OfArray extends DelegatingDeserializer {

		/** Elements that there is room for in the beginning. */
		private static final int ROOM = 16;

		private final Class<?> type;

		OfArray(ValueDeserializer<?> delegate, Class<?> type) {
			super(delegate);
			this.type = type;
		}

		@Override
		protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
			return new OfArray(delegate, this.type);
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
			ValueDeserializer<?> delegate = context.handleSecondaryContextualization(this._delegatee, property,
					context.constructType(this.type));
			JsonFormat.Shape shape = PropertyFormats.of(context, property, this.type).getShape();
			return (shape == JsonFormat.Shape.BINARY) ? delegate : new OfArray(delegate, this.type);
		}

		@Override
		public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
			if (parser.currentToken() != JsonToken.START_ARRAY) {
				return parser.currentToken().isScalarValue() ? context.handleUnexpectedToken(this.type, parser)
						: this._delegatee.deserialize(parser, context);
			}
			if (this.type == double[].class) {
				return floats(parser, context);
			}
			if (this.type == float[].class) {
				double[] doubles = floats(parser, context);
				float[] values = new float[doubles.length];
				for (int i = 0; i < values.length; i++) {
					values[i] = (float) doubles[i];
				}
				return values;
			}
			long[] values = integers(parser, context);
			if (this.type == int[].class) {
				return Arrays.stream(values).mapToInt((value) -> (int) value).toArray();
			}
			if (this.type == short[].class) {
				short[] shorts = new short[values.length];
				for (int i = 0; i < shorts.length; i++) {
					shorts[i] = (short) values[i];
				}
				return shorts;
			}
			return values;
		}

		private double[] floats(JsonParser parser, DeserializationContext context) {
			double[] values = new double[ROOM];
			int count = 0;
			try {
				while (parser.nextToken() != JsonToken.END_ARRAY) {
					if (count == values.length) {
						values = Arrays.copyOf(values, 2 * count);
					}
					values[count] = number(parser, context);
					count++;
				}
			}
			catch (JacksonException ex) {
				throw ex.prependPath(values, count);
			}
			return Arrays.copyOf(values, count);
		}

		private double number(JsonParser parser, DeserializationContext context) {
			Class<?> element = this.type.getComponentType();
			if (parser.currentToken().isNumeric()) {
				return (element == float.class) ? WireNumbers.inRange(parser, parser.getFloatValue())
						: WireNumbers.inRange(parser, parser.getDoubleValue());
			}
			return (other(parser, context) instanceof Number number) ? number.doubleValue() : 0;
		}

		private @Nullable Object other(JsonParser parser, DeserializationContext context) {
			Class<?> element = this.type.getComponentType();
			return (parser.currentToken() == JsonToken.VALUE_NULL)
					? context.reportInputMismatch(element, "Cannot map `null` into type %s", element)
					: context.handleUnexpectedToken(element, parser);
		}

		private long[] integers(JsonParser parser, DeserializationContext context) {
			long[] values = new long[ROOM];
			int count = 0;
			try {
				while (parser.nextToken() != JsonToken.END_ARRAY) {
					if (count == values.length) {
						values = Arrays.copyOf(values, 2 * count);
					}
					values[count] = integer(parser, context);
					count++;
				}
			}
			catch (JacksonException ex) {
				throw ex.prependPath(values, count);
			}
			return Arrays.copyOf(values, count);
		}

		private long integer(JsonParser parser, DeserializationContext context) {
			Class<?> element = this.type.getComponentType();
			Object value = switch (parser.currentToken()) {
				case VALUE_NUMBER_INT -> (element == int.class) ? parser.getIntValue()
						: (element == short.class) ? parser.getShortValue() : parser.getLongValue();
				case VALUE_NUMBER_FLOAT ->
					exact(parser, context, element, INTEGERS.getOrDefault(element, BigDecimal::longValueExact));
				default -> other(parser, context);
			};
			return (value instanceof Number number) ? number.longValue() : 0;
		}

	}

}
