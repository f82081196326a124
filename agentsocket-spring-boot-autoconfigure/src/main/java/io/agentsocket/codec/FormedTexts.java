package io.agentsocket.codec;

import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.Calendar;
import java.util.Date;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.ser.ValueSerializerModifier;

/**
 * Writes types of the JDK in the form that {@link TextForm} and {@link KeyForm} tell, or
 * not at all: a date beyond the year 9999 has no such form, and nobody could read it.
 * Where an annotation or the application's configuration says that a type is written
 * otherwise, Jackson decides.
 */
final class FormedTexts extends ValueSerializerModifier {

	private static final long serialVersionUID = 1L;

	/** The types that have values without a form. */
	private static final Set<Class<?>> TYPES = Set.of(LocalDate.class, LocalDateTime.class, Instant.class,
			OffsetDateTime.class, ZonedDateTime.class, OffsetTime.class, YearMonth.class, Date.class, Calendar.class,
			URI.class);

	private static final int LAST_YEAR = 9999;

	private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");

	private static final Instant END = Instant.parse("9999-12-31T23:59:59.999999999Z");

	/** Calendars have no year 0. */
	private static final Instant FIRST_OF_CALENDARS = Instant.parse("0001-01-03T00:00:00Z");

	@Override
	public ValueSerializer<?> modifySerializer(SerializationConfig config, BeanDescription.Supplier description,
			ValueSerializer<?> serializer) {
		return formed(description.getBeanClass(), serializer, false);
	}

	@Override
	public ValueSerializer<?> modifyKeySerializer(SerializationConfig config, JavaType type,
			BeanDescription.Supplier description, ValueSerializer<?> serializer) {
		return formed(type.getRawClass(), serializer, true);
	}

	@SuppressWarnings("unchecked")
	private static ValueSerializer<?> formed(Class<?> raw, ValueSerializer<?> serializer, boolean key) {
		boolean known = key && (raw == Double.class || raw == Float.class)
				|| TYPES.stream().anyMatch((type) -> type.isAssignableFrom(raw));
		return (known && serializer.getClass().getName().startsWith("tools.jackson.databind."))
				? new Formed((ValueSerializer<Object>) serializer, raw, key) : serializer;
	}

	private static boolean hasForm(Object value) {
		if (value instanceof Number number) {
			return Double.isFinite(number.doubleValue());
		}
		if (value instanceof Instant instant) {
			return !instant.isBefore(FIRST) && !instant.isAfter(END);
		}
		if (value instanceof Date date) {
			return hasForm(date.getTime());
		}
		if (value instanceof Calendar calendar) {
			return hasForm(calendar.getTimeInMillis());
		}
		if (!(value instanceof TemporalAccessor time)) {
			return true;
		}
		boolean year = !time.isSupported(ChronoField.YEAR)
				|| time.get(ChronoField.YEAR) >= 0 && time.get(ChronoField.YEAR) <= LAST_YEAR;
		boolean offset = !time.isSupported(ChronoField.OFFSET_SECONDS)
				|| ZoneOffset.ofTotalSeconds(time.get(ChronoField.OFFSET_SECONDS)).getTotalSeconds() % 60 == 0;
		return year && offset;
	}

	private static boolean hasForm(long millis) {
		// The zone of a calendar may move it by less than a day.
		return millis >= FIRST_OF_CALENDARS.toEpochMilli() && millis <= END.toEpochMilli();
	}

	private static final class Formed extends ValueSerializer<Object> {

		private final ValueSerializer<Object> delegate;

		private final Class<?> type;

		private final boolean key;

		Formed(ValueSerializer<Object> delegate, Class<?> type, boolean key) {
			this.delegate = delegate;
			this.type = type;
			this.key = key;
		}

		@Override
		@SuppressWarnings("unchecked")
		public ValueSerializer<?> createContextual(SerializationContext context, @Nullable BeanProperty property) {
			ValueSerializer<Object> contextual = (ValueSerializer<Object>) this.delegate.createContextual(context,
					property);
			JsonFormat.Value format = (property != null) ? property.findPropertyFormat(context.getConfig(), this.type)
					: context.getConfig().getDefaultPropertyFormat(this.type);
			boolean timestamp = this.type != URI.class && !Number.class.isAssignableFrom(this.type)
					&& (this.key ? context.isEnabled(DateTimeFeature.WRITE_DATE_KEYS_AS_TIMESTAMPS)
							: context.isEnabled(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS));
			JsonFormat.Shape shape = format.getShape();
			boolean text = shape == JsonFormat.Shape.STRING || shape == JsonFormat.Shape.ANY && !timestamp;
			return (format.hasPattern() || !text) ? contextual : new Formed(contextual, this.type, this.key);
		}

		@Override
		public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
			if (!hasForm(value)) {
				context.reportMappingProblem("%s is out of range", this.type.getSimpleName());
			}
			if (this.key && value instanceof OffsetDateTime time) {
				// Its toString() leaves out seconds that are zero, which no date-time
				// does.
				generator.writeName(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time));
			}
			else if (!(value instanceof URI uri)) {
				this.delegate.serialize(value, generator, context);
			}
			else if (this.key) {
				generator.writeName(uri.toASCIIString());
			}
			else {
				generator.writeString(uri.toASCIIString());
			}
		}

		@Override
		public void serializeWithType(Object value, JsonGenerator generator, SerializationContext context,
				TypeSerializer types) {
			this.delegate.serializeWithType(value, generator, context, types);
		}

		@Override
		public boolean isEmpty(SerializationContext context, Object value) {
			return this.delegate.isEmpty(context, value);
		}

		@Override
		public void acceptJsonFormatVisitor(JsonFormatVisitorWrapper visitor, JavaType type) {
			this.delegate.acceptJsonFormatVisitor(visitor, type);
		}

		@Override
		public Class<?> handledType() {
			return this.delegate.handledType();
		}

		@Override
		public ValueSerializer<?> getDelegatee() {
			return this.delegate;
		}

	}

}
