package io.agentsocket.tool.schema;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonFormat;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.node.ObjectNode;

/**
 * Schemas of values that an annotation gives another shape than their type has.
 */
final class ShapedValues {

	private ShapedValues() {
	}

	/** A time that is written as something else than text, and read from both. */
	static void time(ObjectNode value, JsonFormat.Value format, boolean read) {
		String written = format.getShape().isNumeric() ? "number" : "array";
		value.remove(List.of("format", "pattern", "examples", "minimum", "maximum"));
		value.put("type", written);
		if (read) {
			value.putArray("type").add(written).add("string");
		}
	}

	static boolean isFlag(JavaType type) {
		return type.hasRawClass(boolean.class) || type.hasRawClass(Boolean.class);
	}

	/** A truth value that is written as a number or a text. */
	static void flag(ObjectNode value, JsonFormat.Value format) {
		if (format.getShape().isNumeric()) {
			value.put("type", "integer").put("minimum", 0).put("maximum", 1);
		}
		else if (format.getShape() == JsonFormat.Shape.STRING) {
			value.put("type", "string").putArray("enum").add("true").add("false");
		}
	}

}
