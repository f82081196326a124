package io.agentsocket.codec;

import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.agentsocket.codec.declared.HashedKeys;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.Deserializers;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.ext.jdk8.OptionalDoubleDeserializer;
import tools.jackson.databind.ext.jdk8.OptionalIntDeserializer;
import tools.jackson.databind.ext.jdk8.OptionalLongDeserializer;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.jsontype.TypeDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.type.ArrayType;
import tools.jackson.databind.type.ReferenceType;

/**
 * Types of the JDK are read from their written form, and from nothing else: a date not
 * from a number, an enum not from its position, an integer from each number that is one.
 * Jackson is more tolerant than what a schema can say. Deserializers of the application
 * and of other modules are left alone.
 */
final class StrictTypes extends SimpleModule {

	private static final long serialVersionUID = 1L;

	/** Read from text; {@link TextForm} knows more of some. */
	private static final Set<Class<?>> TEXTS = Set.of(URI.class, URL.class, Locale.class, Currency.class, Pattern.class,
			TimeZone.class, ZoneId.class, ZoneOffset.class, Charset.class, Path.class, File.class, InetAddress.class,
			InetSocketAddress.class, StringBuilder.class, StringBuffer.class, CharSequence.class, char.class,
			Character.class, char[].class, byte[].class, ByteBuffer.class);

	private static final Set<Class<?>> INTEGERS = Set.of(byte.class, Byte.class, short.class, Short.class, int.class,
			Integer.class, long.class, Long.class, BigInteger.class, AtomicInteger.class, AtomicLong.class,
			OptionalInt.class, OptionalLong.class, Year.class);

	private static final Set<Class<?>> NUMBERS = Set.of(float.class, Float.class, double.class, Double.class,
			BigDecimal.class, Number.class, OptionalDouble.class);

	private static final Set<Class<?>> BOOLEANS = Set.of(boolean.class, Boolean.class, AtomicBoolean.class,
			boolean[].class);

	private static final Set<Class<?>> NUMBER_ARRAYS = Set.of(int[].class, long[].class, short[].class, float[].class,
			double[].class);

	/** A reader of Jackson's module for Kotlin, which takes each token for a number. */
	private static final Set<String> UNSIGNED = Stream.of("UByte", "UShort", "UInt", "ULong")
		.map((name) -> "tools.jackson.module.kotlin." + name + "Deserializer")
		.collect(Collectors.toUnmodifiableSet());

	StrictTypes() {
		super(StrictTypes.class.getName());
		setDeserializerModifier(new Modifier());
	}

	@Override
	public void setupModule(SetupContext context) {
		super.setupModule(context);
		context.addDeserializers(new Optionals());
		context.addSerializerModifier(new FormedTexts());
	}

	private static boolean isOfJackson(ValueDeserializer<?> deserializer) {
		return deserializer.getClass().getName().startsWith("tools.jackson.databind.");
	}

	/** For these Jackson asks no modifier. */
	private static final class Optionals extends Deserializers.Base {

		@Override
		public @Nullable ValueDeserializer<?> findReferenceDeserializer(ReferenceType type,
				DeserializationConfig config, BeanDescription.Supplier description,
				@Nullable TypeDeserializer contentType, @Nullable ValueDeserializer<?> content) {
			if (type.hasRawClass(OptionalInt.class)) {
				return new StrictNumbers.OfIntegers(new OptionalIntDeserializer(), OptionalInt.class);
			}
			if (type.hasRawClass(OptionalLong.class)) {
				return new StrictNumbers.OfIntegers(new OptionalLongDeserializer(), OptionalLong.class);
			}
			return type.hasRawClass(OptionalDouble.class)
					? new StrictNumbers.OfFloats(new OptionalDoubleDeserializer(), OptionalDouble.class) : null;
		}

		@Override
		public boolean hasDeserializerFor(DeserializationConfig config, Class<?> type) {
			return false;
		}

	}

	private static final class Modifier extends ValueDeserializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueDeserializer<?> modifyDeserializer(DeserializationConfig config,
				BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
			if (UNSIGNED.contains(deserializer.getClass().getName())) {
				return new StrictUnsigned(deserializer, description.getBeanClass());
			}
			return isOfJackson(deserializer) ? strict(description.getBeanClass(), deserializer) : deserializer;
		}

		@Override
		public ValueDeserializer<?> modifyArrayDeserializer(DeserializationConfig config, ArrayType type,
				BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
			Class<?> raw = type.getRawClass();
			if (!isOfJackson(deserializer)) {
				return deserializer;
			}
			return NUMBER_ARRAYS.contains(raw) ? new StrictNumbers.OfArray(deserializer, raw)
					: strict(raw, deserializer);
		}

		@Override
		public ValueDeserializer<?> modifyEnumDeserializer(DeserializationConfig config, JavaType type,
				BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
			if (!isOfJackson(deserializer)) {
				return deserializer;
			}
			AnnotatedMember value = description.get().findJsonValueAccessor();
			// Jackson writes the number of a month.
			boolean numbers = type.hasRawClass(Month.class)
					|| value != null && value.getType().isTypeOrSubTypeOf(Number.class)
					|| value != null && value.getType().isPrimitive();
			JsonFormat.Value format = description.findExpectedFormat(null);
			boolean positions = value == null
					&& (config.isEnabled(EnumFeature.WRITE_ENUMS_USING_INDEX) || format.getShape().isNumeric());
			return new StrictEnum(deserializer, type.getRawClass(), numbers, positions);
		}

		@Override
		public KeyDeserializer modifyKeyDeserializer(DeserializationConfig config, JavaType type,
				KeyDeserializer deserializer) {
			KeyDeserializer keys = deserializer.getClass().getName().startsWith("tools.jackson.databind.")
					? StrictKeys.of(deserializer, type.getRawClass()) : deserializer;
			return HashedKeys.of(keys, type.getRawClass());
		}

		private static ValueDeserializer<?> strict(Class<?> type, ValueDeserializer<?> deserializer) {
			if (BOOLEANS.contains(type)) {
				return new StrictBooleans(deserializer, type);
			}
			if (INTEGERS.contains(type)) {
				return new StrictNumbers.OfIntegers(deserializer, type);
			}
			if (NUMBERS.contains(type)) {
				return new StrictNumbers.OfFloats(deserializer, type);
			}
			TextForm form = TextForm.of(type);
			return (form != null || TEXTS.contains(type)) ? new StrictText(deserializer, type, form) : deserializer;
		}

	}

}
