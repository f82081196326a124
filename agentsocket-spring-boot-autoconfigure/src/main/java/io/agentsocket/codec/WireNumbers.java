package io.agentsocket.codec;

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

	private WireNumbers() {
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
