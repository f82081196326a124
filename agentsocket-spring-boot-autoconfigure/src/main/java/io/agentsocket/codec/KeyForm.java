package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How keys of maps are written that are no texts in Java. Schemas and binding both ask
 * here, so that they agree.
 */
@Internal
public final class KeyForm {

	private static final Pattern NUMBER = Pattern.compile("^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$");

	private static final Map<Class<?>, Pattern> PATTERNS = Map.of(Byte.class, Pattern.compile("^-?[0-9]{1,3}$"),
			Short.class, Pattern.compile("^-?[0-9]{1,5}$"), Integer.class, Pattern.compile("^-?[0-9]{1,10}$"),
			Long.class, Pattern.compile("^-?[0-9]{1,19}$"), BigInteger.class, Pattern.compile("^-?[0-9]+$"),
			Boolean.class, Pattern.compile("^(true|false)$"), Double.class, NUMBER, Float.class, NUMBER,
			BigDecimal.class, NUMBER);

	private KeyForm() {
	}

	/**
	 * The form of the keys of a class.
	 * @param type the class
	 * @return a regular expression, for Java and ECMAScript alike, or {@code null} when
	 * there is no more to say than that it is text
	 */
	public static @Nullable Pattern of(Class<?> type) {
		Pattern pattern = PATTERNS.get(type);
		if (pattern != null) {
			return pattern;
		}
		TextForm form = java.util.Date.class.isAssignableFrom(type) || java.util.Calendar.class.isAssignableFrom(type)
				? null : TextForm.of(type);
		return (form != null) ? form.pattern() : null;
	}

}
