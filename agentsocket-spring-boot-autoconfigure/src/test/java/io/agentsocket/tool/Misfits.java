package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.agentsocket.tool.schema.Violations;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes one place in a tree.
 */
final class Misfits {

	private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

	private final Random random;

	Misfits(Random random) {
		this.random = random;
	}

	/**
	 * A tree with one change, which may or may not be a misfit.
	 *
	 * @param tree the changed tree
	 * @param pointer where it was changed
	 */
	record Changed(ObjectNode tree, String pointer) {

	}

	Changed change(ObjectNode original) {
		ObjectNode tree = original.deepCopy();
		List<Place> places = new ArrayList<>();
		collect(tree, "", places);
		if (places.isEmpty()) {
			tree.set("unknown", NODES.numberNode(1));
			return new Changed(tree, "/unknown");
		}
		Place place = places.get(this.random.nextInt(places.size()));
		String pointer = place.change(this);
		return new Changed(tree, pointer);
	}

	/**
	 * The same tree with one name twice, of which the last counts.
	 * @param original a tree
	 * @param value stands there first
	 * @return JSON
	 */
	String repeated(ObjectNode original, JsonNode value) {
		List<Place> places = new ArrayList<>();
		collect(original, "", places);
		places.removeIf((place) -> !place.parent().isObject());
		if (places.isEmpty()) {
			return original.toString();
		}
		Place place = places.get(this.random.nextInt(places.size()));
		StringBuilder json = new StringBuilder();
		write(original, place, value, json);
		return json.toString();
	}

	private static void write(JsonNode node, Place place, JsonNode value, StringBuilder json) {
		String separator = "";
		if (node.isObject()) {
			json.append('{');
			for (String name : node.propertyNames()) {
				String quoted = NODES.stringNode(name).toString();
				json.append(separator);
				if (node == place.parent() && name.equals(place.step())) {
					json.append(quoted).append(':').append(value).append(',');
				}
				json.append(quoted).append(':');
				write(node.get(name), place, value, json);
				separator = ",";
			}
			json.append('}');
		}
		else if (node.isArray()) {
			json.append('[');
			for (JsonNode element : node) {
				json.append(separator);
				write(element, place, value, json);
				separator = ",";
			}
			json.append(']');
		}
		else {
			json.append(node);
		}
	}

	private static void collect(JsonNode node, String pointer, List<Place> places) {
		if (node instanceof ObjectNode object) {
			for (String name : object.propertyNames()) {
				places.add(new Place(object, name, pointer));
				collect(object.get(name), Violations.step(pointer, name), places);
			}
		}
		else if (node instanceof ArrayNode array) {
			for (int i = 0; i < array.size(); i++) {
				places.add(new Place(array, i, pointer));
				collect(array.get(i), Violations.step(pointer, i), places);
			}
		}
	}

	private record Place(JsonNode parent, Object step, String pointer) {

		String change(Misfits misfits) {
			String here = Violations.step(this.pointer, this.step);
			if (this.parent instanceof ObjectNode object) {
				String name = (String) this.step;
				switch (misfits.random.nextInt(8)) {
					case 0 -> {
						object.remove(name);
						return here;
					}
					case 1 -> {
						object.set(name + "X", object.get(name));
						return Violations.step(this.pointer, name + "X");
					}
					default -> object.set(name, misfits.other(object.get(name)));
				}
				return here;
			}
			ArrayNode array = (ArrayNode) this.parent;
			array.set((int) this.step, misfits.other(array.get((int) this.step)));
			return here;
		}

	}

	JsonNode other(JsonNode node) {
		if (node.isIntegralNumber() && this.random.nextInt(3) == 0 && node.canConvertToInt()) {
			// The same number in another spelling.
			return NODES.numberNode(node.doubleValue());
		}
		return switch (this.random.nextInt(17)) {
			case 0, 1 -> NODES.nullNode();
			case 2 -> NODES.stringNode("x");
			case 3 -> NODES.stringNode("5");
			case 4 -> NODES.numberNode(5);
			case 5 -> NODES.numberNode(0);
			case 6 -> NODES.numberNode(1.5);
			case 7 -> NODES.numberNode(BigInteger.ONE.shiftLeft(31));
			case 8 -> NODES.numberNode(BigInteger.ONE.shiftLeft(63));
			case 9 -> NODES.booleanNode(true);
			case 10 -> NODES.arrayNode();
			case 11 -> NODES.objectNode();
			case 12 -> NODES.arrayNode().addNull();
			case 13 -> NODES.stringNode("");
			case 14 -> NODES.numberNode(new BigDecimal("-3.0"));
			case 15 -> NODES.stringNode(TypeZoo.pick(this.random, "NaN", "-INF", "true", "2026-01-31", "A", "a ",
					"2026-01-31T14:30:00Z", "PT1H", "1769869800", "JANUARY", "MONDAY", "10000-01-01", "\u0000",
					"\uD83D\uDE00", "\uD83D\uDE00".repeat(3), " \t", "0.5"));
			default -> NODES.numberNode(1e300);
		};
	}

}
