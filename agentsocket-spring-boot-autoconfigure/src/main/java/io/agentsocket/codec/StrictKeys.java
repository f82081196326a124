package io.agentsocket.codec;

import java.net.URI;
import java.time.Month;
import java.time.ZonedDateTime;
import java.util.UUID;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.cfg.DateTimeFeature;

/**
 * Reads keys of maps from the form in which they are written: Jackson takes numbers with
 * signs and spaces, those that are not finite, bytes beyond their range, and dates of any
 * year. Where the application's configuration says that they are written otherwise,
 * Jackson decides.
 */
final class StrictKeys extends KeyDeserializer {

	private final KeyDeserializer delegate;

	private final Class<?> type;

	private final @Nullable Pattern form;

	private StrictKeys(KeyDeserializer delegate, Class<?> type, @Nullable Pattern form) {
		this.delegate = delegate;
		this.type = type;
		this.form = form;
	}

	/**
	 * A strict deserializer for the keys of a class.
	 * @param delegate Jackson's own
	 * @param type the class
	 * @return the same when there is no more to say of its keys
	 */
	static KeyDeserializer of(KeyDeserializer delegate, Class<?> type) {
		Pattern form = KeyForm.of(type);
		return (form != null || type == Month.class) ? new StrictKeys(delegate, type, form) : delegate;
	}

	@Override
	public @Nullable Object deserializeKey(String key, DeserializationContext context) {
		if (isOther(context)) {
			return this.delegate.deserializeKey(key, context);
		}
		boolean number = this.type == Month.class && !key.isEmpty() && Character.isDigit(key.charAt(0));
		if (number || this.form != null && !this.form.matcher(key).matches()) {
			return context.handleWeirdKey(this.type, key, "another form");
		}
		Object value = this.delegate.deserializeKey(key, context);
		boolean infinite = value instanceof Double large && large.isInfinite()
				|| value instanceof Float small && small.isInfinite();
		boolean wrapped = value instanceof Byte one && one != Integer.parseInt(key);
		return (infinite || wrapped) ? context.handleWeirdKey(this.type, key, "out of range") : value;
	}

	private boolean isOther(DeserializationContext context) {
		boolean time = TextForm.of(this.type) != null && this.type != UUID.class && this.type != URI.class;
		return time && (context.isEnabled(DateTimeFeature.WRITE_DATE_KEYS_AS_TIMESTAMPS)
				|| this.type == ZonedDateTime.class && context.isEnabled(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID));
	}

}
