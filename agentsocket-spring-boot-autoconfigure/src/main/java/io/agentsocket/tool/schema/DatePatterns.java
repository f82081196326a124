package io.agentsocket.tool.schema;

import java.text.DateFormat;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.Locale;

import com.fasterxml.jackson.annotation.JsonFormat;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says in a schema how a date looks that has a pattern of its own, or follows one of the
 * configuration: by an example, since no keyword can say it.
 */
final class DatePatterns {

	private static final LocalDateTime EXAMPLE = LocalDateTime.of(2026, 1, 31, 14, 30, 59);

	private DatePatterns() {
	}

	static void describe(JsonFormat.Value format, ObjectNode schema) {
		if (!format.hasPattern()) {
			return;
		}
		try {
			Locale locale = format.hasLocale() ? format.getLocale() : Locale.ENGLISH;
			String example = DateTimeFormatter.ofPattern(format.getPattern(), locale)
				.format(EXAMPLE.atZone(ZoneOffset.UTC));
			schema.putArray("examples").add(example);
		}
		catch (IllegalArgumentException | DateTimeException ex) {
			// a pattern of another kind
		}
	}

	/** By the date format of Jackson, for the old classes of the JDK. */
	static void describe(MapperConfig<?> config, ObjectNode schema) {
		DateFormat format = (DateFormat) config.getDateFormat().clone();
		format.setTimeZone(config.getTimeZone());
		schema.putArray("examples").add(format.format(Date.from(EXAMPLE.toInstant(ZoneOffset.UTC))));
	}

}
