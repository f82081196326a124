package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Arguments as the JSON data model has them, for checks against a schema: bytes are
 * base64 text, and a number without a fraction is an integer, however it was spelt.
 */
final class DataModel {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	/** More digits than there are in any bound. */
	private static final int MAX_DIGITS = 1000;

	private DataModel() {
	}

	static JsonNode of(JsonNode node) {
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
		if (fraction) {
			return node;
		}
		BigInteger integer = number.toBigInteger();
		return (integer.bitLength() < Long.SIZE) ? NODES.numberNode(integer.longValue()) : NODES.numberNode(integer);
	}

}
