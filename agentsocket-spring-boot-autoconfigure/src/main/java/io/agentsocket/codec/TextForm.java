package io.agentsocket.codec;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.util.StdDateFormat;

/**
 * How values of a class of the JDK are written as text. Schemas and binding both ask
 * here, so that they agree.
 *
 * @param format format of JSON Schema, or {@code null} to describe it by the pattern
 * @param pattern a regular expression for the text, for Java and ECMAScript alike
 * @param shapes forms of most of these texts, {@code 0} for a digit and {@code f} for a
 * hexadecimal one: known without the cost of a pattern
 */
@Internal
public record TextForm(@Nullable String format, Pattern pattern, List<String> shapes) {

	private static final String TIME = "\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?";

	private static final String OFFSET = "([Zz]|[+-]\\d{2}:\\d{2})";

	private static final String DATE = "\\d{4}-\\d{2}-\\d{2}";

	private static final TextForm DATE_TIME = form("date-time",
			"^" + DATE + "[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?" + OFFSET + "$", "0000-00-00T00:00:00Z",
			"0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00.000000Z", "0000-00-00T00:00:00+00:00");

	private static final Map<Class<?>, TextForm> FORMS = Map.ofEntries(
			Map.entry(LocalDate.class, form("date", "^" + DATE + "$", "0000-00-00")),
			Map.entry(Instant.class, DATE_TIME), Map.entry(OffsetDateTime.class, DATE_TIME),
			Map.entry(ZonedDateTime.class, DATE_TIME), Map.entry(Date.class, DATE_TIME),
			Map.entry(Calendar.class, DATE_TIME), Map.entry(GregorianCalendar.class, DATE_TIME),
			Map.entry(LocalDateTime.class,
					form(null, "^" + DATE + "T" + TIME + "$", "0000-00-00T00:00", "0000-00-00T00:00:00",
							"0000-00-00T00:00:00.000")),
			Map.entry(LocalTime.class, form(null, "^" + TIME + "$", "00:00", "00:00:00")),
			Map.entry(OffsetTime.class, form(null, "^" + TIME + OFFSET + "$")),
			Map.entry(YearMonth.class, form(null, "^\\d{4}-\\d{2}$", "0000-00")),
			Map.entry(MonthDay.class, form(null, "^--\\d{2}-\\d{2}$")),
			// The format "duration" has no fractions and no signs, but weeks and months.
			Map.entry(Duration.class, form(null, "^-?P(-?\\d+D)?(T(-?\\d+H)?(-?\\d+M)?(-?\\d+(\\.\\d{1,9})?S)?)?$")),
			Map.entry(Period.class, form(null, "^-?P(-?\\d+Y)?(-?\\d+M)?(-?\\d+W)?(-?\\d+D)?$")),
			Map.entry(URI.class, form("uri-reference", "^[!-~]*$")),
			Map.entry(UUID.class,
					form("uuid", "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
							"ffffffff-ffff-ffff-ffff-ffffffffffff")));

	private static TextForm form(@Nullable String format, String pattern, String... shapes) {
		return new TextForm(format, Pattern.compile(pattern), List.of(shapes));
	}

	/**
	 * The form of a class.
	 * @param type the class
	 * @return its form, or {@code null} when there is no more to say than that it is text
	 */
	public static @Nullable TextForm of(Class<?> type) {
		boolean sql = type.getName().equals("java.sql.Timestamp") || type.getName().equals("java.sql.Date");
		return sql ? DATE_TIME : FORMS.get(type);
	}

	/**
	 * The form of a class where the configuration of Jackson may give it another one.
	 * @param type the class
	 * @param config the configuration
	 * @return its form, or {@code null} when there is no more to say than that it is text
	 */
	public static @Nullable TextForm of(Class<?> type, MapperConfig<?> config) {
		boolean dated = isOld(type) && config.getDateFormat().getClass() != StdDateFormat.class;
		boolean zoned = type == ZonedDateTime.class && config.isEnabled(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID);
		return (dated || zoned) ? null : of(type);
	}

	/** The classes that follow the date format of Jackson. */
	private static boolean isOld(Class<?> type) {
		return Date.class.isAssignableFrom(type) || Calendar.class.isAssignableFrom(type);
	}

	/**
	 * Whether there is a time that a text tells. The old classes of the JDK take the 30th
	 * of February for the 2nd of March, and an hour 24 is the next day in others.
	 * @param type the class
	 * @param text a text of its form
	 * @return {@code true} for classes that refuse others themselves
	 */
	static boolean isInCalendar(Class<?> type, String text) {
		if (!isOld(type)) {
			return type != Instant.class || text.length() < 13 || !text.startsWith("24", 11);
		}
		try {
			OffsetDateTime.parse(text);
			return true;
		}
		catch (DateTimeException ex) {
			return false;
		}
	}

	/**
	 * Whether a text is of this form.
	 * @param text the text
	 * @return {@code true} if it may be a value
	 */
	boolean accepts(String text) {
		for (int i = 0; i < this.shapes.size(); i++) {
			if (hasShape(text, this.shapes.get(i))) {
				return true;
			}
		}
		return this.pattern.matcher(text).matches();
	}

	private static boolean hasShape(String text, String shape) {
		if (text.length() != shape.length()) {
			return false;
		}
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			char wanted = shape.charAt(i);
			boolean digit = c >= '0' && c <= '9';
			boolean hexadecimal = digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
			if ((wanted == '0') ? !digit : (wanted == 'f') ? !hexadecimal : c != wanted) {
				return false;
			}
		}
		return true;
	}

}
