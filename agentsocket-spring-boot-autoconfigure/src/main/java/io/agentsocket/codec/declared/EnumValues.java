package io.agentsocket.codec.declared;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.jdk.EnumDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.introspect.AnnotatedMember;

import org.springframework.util.ClassUtils;

/**
 * Reads constants of enums that are written as fractions, long numbers or booleans, which
 * Jackson writes and does not read.
 */
final class EnumValues extends ValueDeserializerModifier {

	private static final long serialVersionUID = 1L;

	private static final Set<Class<?>> FORMS = Set.of(Double.class, Float.class, BigDecimal.class, BigInteger.class,
			Boolean.class);

	@Override
	public ValueDeserializer<?> modifyEnumDeserializer(DeserializationConfig config, JavaType type,
			BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
		AnnotatedMember value = description.get().findJsonValueAccessor();
		if (value == null || deserializer.getClass() != EnumDeserializer.class) {
			return deserializer;
		}
		Class<?> raw = ClassUtils.resolvePrimitiveIfNecessary(value.getRawType());
		if (!FORMS.contains(raw)) {
			return deserializer;
		}
		Map<Object, Object> constants = new LinkedHashMap<>();
		for (Object constant : type.getRawClass().getEnumConstants()) {
			Object written = value.getValue(constant);
			if (written != null) {
				constants.putIfAbsent(comparable(written), constant);
			}
		}
		return new Reader(deserializer, raw, constants);
	}

	/** Numbers that differ in their trailing zeros are one value. */
	private static Object comparable(Object written) {
		return (written instanceof BigDecimal decimal) ? decimal.stripTrailingZeros()
				: (written instanceof BigInteger integer) ? new BigDecimal(integer).stripTrailingZeros() : written;
	}

	private static final class Reader extends DelegatingDeserializer {

		private final Class<?> form;

		private final Map<Object, Object> constants;

		Reader(ValueDeserializer<?> delegate, Class<?> form, Map<Object, Object> constants) {
			super(delegate);
			this.form = form;
			this.constants = constants;
		}

		@Override
		protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
			return new Reader(delegate, this.form, this.constants);
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
			return this;
		}

		@Override
		public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
			JsonToken token = parser.currentToken();
			Object constant = token.isNumeric() ? this.constants.get(number(parser))
					: token.isBoolean() ? this.constants.get(parser.getBooleanValue()) : null;
			return (constant != null) ? constant : context.handleUnexpectedToken(this._delegatee.handledType(), parser);
		}

		private Object number(JsonParser parser) {
			if (this.form == Float.class) {
				return parser.getFloatValue();
			}
			return (this.form == Double.class) ? (Object) parser.getDoubleValue()
					: comparable(parser.getDecimalValue());
		}

	}

}
