package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;

import io.agentsocket.codec.declared.SameHashException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.PropertyBindingException;

/**
 * Describes the mistake in a payload in words that are safe for the peer: no names of
 * classes, no excerpts of the payload, nothing of an exception's own text.
 */
final class CodecFailures {

	private static final int MAX_POINTER = 256;

	private static final int MAX_CONSTANTS = 20;

	private static final Set<Class<?>> INTEGERS = Set.of(byte.class, Byte.class, short.class, Short.class, int.class,
			Integer.class, long.class, Long.class, BigInteger.class);

	private static final Set<Class<?>> NUMBERS = Set.of(float.class, Float.class, double.class, Double.class,
			BigDecimal.class, Number.class);

	private static final Map<Class<?>, String> FORMATS = Map.of(LocalDate.class, "a date such as 2026-01-31",
			LocalTime.class, "a time such as 14:30:00", LocalDateTime.class,
			"a local date and time such as 2026-01-31T14:30:00", Instant.class,
			"a date and time such as 2026-01-31T14:30:00Z", OffsetDateTime.class,
			"a date and time such as 2026-01-31T14:30:00Z", ZonedDateTime.class,
			"a date and time such as 2026-01-31T14:30:00Z", Duration.class, "a duration such as PT1H30M", UUID.class,
			"a UUID", byte[].class, "bytes (in JSON: base64)", char.class, "a single character");

	private CodecFailures() {
	}

	static CodecException write(RuntimeException failure, int depth) {
		if (failure instanceof CodecException ex) {
			return ex;
		}
		if (nestedTooDeeply(failure)) {
			return new CodecException(false, "", "nested deeper than " + depth, failure);
		}
		return new CodecException(false, pointer(failure), "the value cannot be written", failure);
	}

	static CodecException read(RuntimeException failure, int depth, ObjectMapper mapper) {
		if (failure instanceof CodecException ex) {
			return ex;
		}
		if (nestedTooDeeply(failure)) {
			return new CodecException(true, "", "nested deeper than " + depth, failure);
		}
		if (failure instanceof InputCoercionException) {
			return new CodecException(false, pointer(failure), "range", "the number is out of range", failure);
		}
		if (failure instanceof StreamReadException || failure instanceof StreamConstraintsException) {
			return new CodecException(true, pointer(failure), "malformed", failure);
		}
		return new CodecException(false, pointer(failure), rule(failure), misfit(failure, mapper), failure);
	}

	private static String rule(RuntimeException failure) {
		if (failure instanceof SameHashException ex) {
			return ex.rule();
		}
		if (failure instanceof PropertyBindingException) {
			return "additionalProperties";
		}
		if (failure instanceof InvalidFormatException) {
			return "format";
		}
		boolean missing = failure instanceof MismatchedInputException ex && isMissing(ex)
				|| failure instanceof InvalidNullException nothing && !isElement(nothing);
		return missing ? "required" : "type";
	}

	private static boolean isMissing(MismatchedInputException failure) {
		String text = failure.getOriginalMessage();
		return text.startsWith("Missing required creator property") || text.startsWith("Missing creator property");
	}

	private static boolean isElement(InvalidNullException failure) {
		List<JacksonException.Reference> path = failure.getPath();
		Object from = path.isEmpty() ? null : path.get(path.size() - 1).from();
		return from instanceof Collection<?> || from instanceof Map<?, ?> || from instanceof Object[];
	}

	private static boolean nestedTooDeeply(RuntimeException failure) {
		// Jackson tells its constraints apart by their texts only.
		return failure instanceof StreamConstraintsException ex && ex.getOriginalMessage().contains("esting depth");
	}

	private static String misfit(RuntimeException failure, ObjectMapper mapper) {
		if (failure instanceof SameHashException) {
			return SameHashException.TEXT;
		}
		if (failure instanceof PropertyBindingException) {
			return "is not known";
		}
		if (failure instanceof InvalidNullException) {
			return "must not be null";
		}
		if (failure instanceof MismatchedInputException ex) {
			if (isMissing(ex)) {
				return "is required";
			}
			if (ex.getOriginalMessage().startsWith("Cannot map `null` into type")) {
				return "must not be null";
			}
			String expected = expected(ex.getTargetType(), mapper);
			if (expected != null) {
				return "expected " + expected;
			}
		}
		return "is not valid";
	}

	private static @Nullable String expected(@Nullable Class<?> type, ObjectMapper mapper) {
		if (type == null) {
			return null;
		}
		String format = FORMATS.get(type);
		if (format != null) {
			return format;
		}
		if (INTEGERS.contains(type)) {
			return integer(type);
		}
		if (NUMBERS.contains(type)) {
			return "a number";
		}
		if (type == boolean.class || type == Boolean.class) {
			return "true or false";
		}
		if (CharSequence.class.isAssignableFrom(type)) {
			return "a text";
		}
		if (type.isEnum()) {
			return constants(type, mapper);
		}
		if (type.isArray() || Collection.class.isAssignableFrom(type)) {
			return "an array";
		}
		if (Map.class.isAssignableFrom(type) || type.isRecord()) {
			return "an object";
		}
		return null;
	}

	private static String integer(Class<?> type) {
		if (type == int.class || type == Integer.class) {
			return "an integer of 32 bits";
		}
		if (type == short.class || type == Short.class) {
			return "an integer of 16 bits";
		}
		if (type == byte.class || type == Byte.class) {
			return "an integer of 8 bits";
		}
		return "an integer";
	}

	private static String constants(Class<?> type, ObjectMapper mapper) {
		Object[] constants = type.getEnumConstants();
		if (constants.length > MAX_CONSTANTS) {
			return "another value";
		}
		StringJoiner list = new StringJoiner(", ", "one of ", "");
		try {
			for (Object constant : constants) {
				list.add(String.valueOf(mapper.convertValue(constant, Object.class)));
			}
		}
		catch (JacksonException ex) {
			return "another value";
		}
		return list.toString();
	}

	private static String pointer(RuntimeException failure) {
		if (!(failure instanceof JacksonException ex)) {
			return "";
		}
		List<JacksonException.Reference> path = ex.getPath();
		StringBuilder pointer = new StringBuilder();
		for (JacksonException.Reference reference : path) {
			String property = reference.getPropertyName();
			String step = (property != null) ? property.replace("~", "~0").replace("/", "~1")
					: Integer.toString(Math.max(reference.getIndex(), 0));
			if (pointer.length() + step.length() >= MAX_POINTER) {
				break;
			}
			pointer.append('/').append(step);
		}
		return pointer.toString();
	}

}
