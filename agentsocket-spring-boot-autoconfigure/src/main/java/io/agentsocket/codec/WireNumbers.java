package io.agentsocket.codec;

import java.math.BigDecimal;
import java.math.BigInteger;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamWriteException;

/**
 * Numbers of the JSON data model are finite. A value that is not is refused instead of
 * being sent as something else, and one that is read does not become infinite. Implements
 * section 24 of {@code docs/protocol.md}.
 */
final class WireNumbers {

	/** Characters of the longest number that is read or written. */
	static final int MAX_DIGITS = 1000;

	/** So many digits have signs, a point and an exponent beside them in any spelling. */
	private static final int MAX_WRITTEN = MAX_DIGITS - 20;

	/** Bits of a number with more digits than are written. */
	private static final int MAX_BITS = (int) (MAX_WRITTEN * 3.32);

	private WireNumbers() {
	}

	/** A number with more digits than anybody reads is not sent. */
	static BigInteger bounded(JsonGenerator generator, BigInteger number) {
		if (number.bitLength() > MAX_BITS) {
			throw new StreamWriteException(generator, "A number of too many digits");
		}
		return number;
	}

	/** The same for one with a fraction. */
	static BigDecimal bounded(JsonGenerator generator, BigDecimal number) {
		if (number.unscaledValue().bitLength() > MAX_BITS) {
			throw new StreamWriteException(generator, "A number of too many digits");
		}
		return number;
	}

	/**
	 * Writes a number of a class that Jackson does not know: it has no more of it than
	 * text.
	 * @param generator writes the number
	 * @param text what the number is as text
	 * @return the generator
	 */
	static JsonGenerator write(JsonGenerator generator, String text) {
		if (text.length() > MAX_DIGITS) {
			throw new StreamWriteException(generator, "A number of too many digits");
		}
		boolean whole = text.chars().noneMatch((character) -> ".eE".indexOf(character) >= 0);
		try {
			return whole ? generator.writeNumber(new BigInteger(text)) : generator.writeNumber(new BigDecimal(text));
		}
		catch (NumberFormatException ex) {
			throw new StreamWriteException(generator, "Not a number of JSON");
		}
	}

	static double finite(JsonGenerator generator, double number) {
		if (!Double.isFinite(number)) {
			throw new StreamWriteException(generator, "Not a finite number: " + number);
		}
		return number;
	}

	static float finite(JsonGenerator generator, float number) {
		if (!Float.isFinite(number)) {
			throw new StreamWriteException(generator, "Not a finite number: " + number);
		}
		return number;
	}

	static double inRange(JsonParser parser, double number) {
		if (!Double.isFinite(number)) {
			throw outOfRange(parser, double.class);
		}
		return number;
	}

	static float inRange(JsonParser parser, float number) {
		if (!Float.isFinite(number)) {
			throw outOfRange(parser, float.class);
		}
		return number;
	}

	/**
	 * A number that its type has no room for.
	 * @param parser where it stands
	 * @param type the type
	 * @return the exception to throw
	 */
	static InputCoercionException outOfRange(JsonParser parser, Class<?> type) {
		return new InputCoercionException(parser, "Out of range", parser.currentToken(), type);
	}

}
