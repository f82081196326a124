package io.agentsocket.codec;

import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetTime;
import java.time.Period;
import java.time.YearMonth;
import java.util.Calendar;
import java.util.Date;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.MapperConfig;

/**
 * How times are written that the configuration of Jackson makes no texts
 * ({@code WRITE_DATES_AS_TIMESTAMPS}, {@code WRITE_DURATIONS_AS_TIMESTAMPS}). They are
 * read from this form and from text. Schemas and binding both ask here, so that they
 * agree.
 */
@Internal
public enum TimestampForm {

	/** The parts of a time without a zone. */
	ARRAY,

	/** Seconds with a fraction. */
	NUMBER,

	/** Milliseconds. */
	INTEGER;

	private static final Set<Class<?>> ARRAYS = Set.of(LocalDate.class, LocalTime.class, LocalDateTime.class,
			OffsetTime.class, YearMonth.class);

	/** Types that have no other form than text. */
	private static final Set<Class<?>> TEXTS = Set.of(URI.class, UUID.class, MonthDay.class, Period.class);

	/**
	 * The form of a class.
	 * @param type the class
	 * @param config the configuration
	 * @return its form, or {@code null} when its values are written as text
	 */
	public static @Nullable TimestampForm of(Class<?> type, MapperConfig<?> config) {
		boolean enabled = config.isEnabled((type == Duration.class) ? DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS
				: DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS);
		if (!enabled || TEXTS.contains(type) || TextForm.of(type) == null) {
			return null;
		}
		if (ARRAYS.contains(type)) {
			return ARRAY;
		}
		boolean millis = Date.class.isAssignableFrom(type) || Calendar.class.isAssignableFrom(type)
				|| !config.isEnabled(DateTimeFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS);
		return millis ? INTEGER : NUMBER;
	}

	/**
	 * The type of the written values.
	 * @return its name in JSON Schema
	 */
	public String schemaType() {
		return name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Whether a value of this form begins so.
	 * @param token its first token
	 * @return {@code false} for text, too
	 */
	boolean begins(JsonToken token) {
		return (this == ARRAY) ? token == JsonToken.START_ARRAY : token.isNumeric();
	}

}
