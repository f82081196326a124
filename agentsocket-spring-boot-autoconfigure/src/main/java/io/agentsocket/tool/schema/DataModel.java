package io.agentsocket.tool.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Values as the JSON data model has them, for checks against a schema: bytes are base64
 * text, and a number without a fraction is an integer, however it was spelt.
 */
public final class DataModel {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	/** More digits than there are in any bound. */
	private static final int MAX_DIGITS = 1000;

	private DataModel() {
	}

	/**
	 * A decoded value.
	 * @param value maps, lists, texts, bytes, numbers, booleans or {@code null}
	 * @return its tree
	 * @throws IllegalArgumentException if it is another value
	 */
	public static JsonNode of(@Nullable Object value) {
		if (value instanceof JsonNode node) {
			return of(node);
		}
		if (value instanceof Map<?, ?> map) {
			ObjectNode object = NODES.objectNode();
			map.forEach((name, element) -> object.set(String.valueOf(name), of(element)));
			return object;
		}
		if (value instanceof Iterable<?> list) {
			ArrayNode array = NODES.arrayNode();
			list.forEach((element) -> array.add(of(element)));
			return array;
		}
		return (value instanceof Number number) ? of(number) : scalar(value);
	}

	private static JsonNode scalar(@Nullable Object value) {
		if (value == null) {
			return NODES.nullNode();
		}
		if (value instanceof CharSequence text) {
			return NODES.stringNode(text.toString());
		}
		if (value instanceof Boolean flag) {
			return NODES.booleanNode(flag);
		}
		if (value instanceof byte[] bytes) {
			return NODES.stringNode(Base64.getEncoder().encodeToString(bytes));
		}
		throw new IllegalArgumentException("Not a decoded value: " + value.getClass().getName());
	}

	private static JsonNode of(Number number) {
		if (number instanceof BigDecimal decimal) {
			return number(NODES.numberNode(decimal));
		}
		if (number instanceof Double || number instanceof Float) {
			return number(NODES.numberNode(number.doubleValue()));
		}
		return (number instanceof BigInteger integer) ? NODES.numberNode(integer)
				: NODES.numberNode(number.longValue());
	}

	public static JsonNode of(JsonNode node) {
		if (node instanceof ObjectNode object) {
			ObjectNode copy = NODES.objectNode();
			for (Map.Entry<String, JsonNode> property : object.properties()) {
				copy.set(property.getKey(), of(property.getValue()));
			}
			return copy;
		}
		if (node instanceof ArrayNode array) {
			ArrayNode copy = NODES.arrayNode();
			array.forEach((element) -> copy.add(of(element)));
			return copy;
		}
		if (node.isBinary()) {
			return NODES.stringNode(Base64.getEncoder().encodeToString(node.binaryValue()));
		}
		return (node.isNumber() && !node.isIntegralNumber()) ? number(node) : node;
	}

	private static JsonNode number(JsonNode node) {
		BigDecimal number = node.decimalValue();
		if ((long) number.precision() - number.scale() > MAX_DIGITS) {
			return NODES.numberNode(BigInteger.TEN.pow(MAX_DIGITS).multiply(BigInteger.valueOf(number.signum())));
		}
		boolean fraction = number.signum() != 0
				&& (number.scale() > MAX_DIGITS || number.stripTrailingZeros().scale() > 0);
		if (number.scale() > MAX_DIGITS && fraction) {
			// A reader that calculates with it would need as many digits.
			return NODES.numberNode(BigDecimal.valueOf(number.signum(), MAX_DIGITS));
		}
		if (fraction) {
			return node;
		}
		BigInteger integer = number.toBigInteger();
		return (integer.bitLength() < Long.SIZE) ? NODES.numberNode(integer.longValue()) : NODES.numberNode(integer);
	}

}
