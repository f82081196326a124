package io.agentsocket.codec;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.codec.Metadata.Details;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.protocol.Varint;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads and writes metadata token by token. Keys are integers in CBOR and their decimal
 * text in JSON; Jackson's generators and parsers do that difference. In CBOR a text is no
 * key that is known, be it the digits of one.
 */
final class MetadataFormat {

	private static final int PARENT = 1;

	private static final int DEADLINE = 2;

	private static final int IDEMPOTENCY_KEY = 4;

	private static final int TRACEPARENT = 5;

	private static final int CREDIT = 7;

	private static final int PROGRESS = 8;

	private static final int DETAILS = 9;

	private static final int CATALOG = 10;

	private static final int DEPTH = 11;

	private static final int MAX_IDEMPOTENCY_KEY = 64;

	private static final int MAX_CATALOG = 32;

	private static final int MAX_TRACEPARENT = 256;

	private static final int MAX_TEXT = 512;

	private static final int MAX_VIOLATIONS = 64;

	/** Share of the violations in the 4 KiB that every receiver accepts. */
	private static final int DETAILS_BUDGET = 3584;

	private MetadataFormat() {
	}

	/** Number of keys. */
	static int size(Metadata metadata) {
		return one(metadata.parent() > 0) + one(metadata.deadline() >= 0) + one(metadata.idempotencyKey() != null)
				+ one(metadata.traceparent() != null) + one(metadata.credit() >= 0) + one(metadata.progress() != null)
				+ one(metadata.details() != null) + one(metadata.catalog() != null) + one(metadata.depth() > 0);
	}

	private static int one(boolean present) {
		return present ? 1 : 0;
	}

	static void write(JsonGenerator generator, Metadata metadata, int size) {
		generator.writeStartObject(null, size);
		if (metadata.parent() > 0) {
			generator.writePropertyId(PARENT).writeNumber(metadata.parent());
		}
		if (metadata.deadline() >= 0) {
			generator.writePropertyId(DEADLINE).writeNumber(metadata.deadline());
		}
		if (metadata.idempotencyKey() != null && metadata.idempotencyKey().isEmpty()) {
			throw new CodecException(false, "/" + IDEMPOTENCY_KEY, "must not be empty", null);
		}
		writeText(generator, IDEMPOTENCY_KEY, metadata.idempotencyKey(), MAX_IDEMPOTENCY_KEY);
		writeText(generator, TRACEPARENT, metadata.traceparent(), MAX_TRACEPARENT);
		if (metadata.credit() >= 0) {
			generator.writePropertyId(CREDIT).writeNumber(metadata.credit());
		}
		if (metadata.progress() != null) {
			generator.writePropertyId(PROGRESS);
			writeProgress(generator, metadata.progress());
		}
		if (metadata.details() != null) {
			generator.writePropertyId(DETAILS);
			writeDetails(generator, metadata.details());
		}
		writeText(generator, CATALOG, metadata.catalog(), MAX_CATALOG);
		if (metadata.depth() > 0) {
			generator.writePropertyId(DEPTH).writeNumber(metadata.depth());
		}
		generator.writeEndObject();
	}

	private static void writeText(JsonGenerator generator, int key, @Nullable String text, int max) {
		if (text == null) {
			return;
		}
		if (utf8Length(text) > max) {
			throw new CodecException(false, "/" + key, "longer than " + max + " bytes", null);
		}
		generator.writePropertyId(key).writeString(text);
	}

	private static void writeProgress(JsonGenerator generator, Progress progress) {
		generator.writeStartArray(null, 3);
		writeNumber(generator, progress.done());
		if (progress.total() != null) {
			writeNumber(generator, progress.total());
		}
		else {
			generator.writeNull();
		}
		if (progress.text() != null) {
			generator.writeString(cut(progress.text(), MAX_TEXT));
		}
		else {
			generator.writeNull();
		}
		generator.writeEndArray();
	}

	private static void writeNumber(JsonGenerator generator, double number) {
		if (!Double.isFinite(number)) {
			throw new CodecException(false, "/" + PROGRESS, "expected a finite number", null);
		}
		if (number == Math.rint(number) && Math.abs(number) <= Varint.MAX_COUNTER) {
			generator.writeNumber((long) number);
		}
		else {
			generator.writeNumber(number);
		}
	}

	private static void writeDetails(JsonGenerator generator, Details details) {
		List<Violation> violations = affordable(details.violations());
		generator.writeStartObject(null,
				one(!violations.isEmpty()) + one(details.correlation() != null) + one(details.retry() >= 0));
		if (!violations.isEmpty()) {
			generator.writeName("violations").writeStartArray(null, violations.size());
			for (Violation violation : violations) {
				generator.writeStartObject(null, 3);
				generator.writeStringProperty("pointer", violation.pointer());
				generator.writeStringProperty("rule", violation.rule());
				generator.writeStringProperty("message", violation.message());
				generator.writeEndObject();
			}
			generator.writeEndArray();
		}
		if (details.correlation() != null) {
			generator.writeStringProperty("correlation", cut(details.correlation(), MAX_IDEMPOTENCY_KEY));
		}
		if (details.retry() >= 0) {
			generator.writeNumberProperty("retry", Math.min(details.retry(), Integer.MAX_VALUE));
		}
		generator.writeEndObject();
	}

	private static List<Violation> affordable(List<Violation> violations) {
		List<Violation> result = new ArrayList<>();
		int spent = 0;
		for (Violation violation : violations) {
			Violation bounded = bounded(violation);
			spent += 40 + escapedLength(bounded.pointer()) + escapedLength(bounded.rule())
					+ escapedLength(bounded.message());
			if (spent > DETAILS_BUDGET || result.size() == MAX_VIOLATIONS) {
				break;
			}
			result.add(bounded);
		}
		return result;
	}

	static Metadata read(JsonParser parser) {
		if (parser.nextToken() != JsonToken.START_OBJECT) {
			throw new CodecException(parser.currentToken() == null, "", "expected an object", null);
		}
		int parent = 0;
		long deadline = -1;
		String idempotencyKey = null;
		String traceparent = null;
		long credit = -1;
		Progress progress = null;
		Details details = null;
		String catalog = null;
		int depth = 0;
		for (String key = parser.nextName(); key != null; key = parser.nextName()) {
			boolean unknown = CborWireFactory.isTextKey(parser);
			parser.nextToken();
			switch (unknown ? "" : key) {
				case "1" -> parent = (int) readInteger(parser, key, Varint.MAX_INT);
				case "2" -> deadline = readInteger(parser, key, Varint.MAX_COUNTER);
				case "4" -> idempotencyKey = readIdempotencyKey(parser, key);
				case "5" -> traceparent = readTraceparent(parser, key);
				case "7" -> credit = readInteger(parser, key, Varint.MAX_COUNTER);
				case "8" -> progress = readProgress(parser);
				case "9" -> details = readDetails(parser);
				case "10" -> catalog = readText(parser, key, MAX_CATALOG);
				case "11" -> depth = (int) readInteger(parser, key, Varint.MAX_INT);
				default -> parser.skipChildren();
			}
		}
		return new Metadata(parent, deadline, idempotencyKey, traceparent, credit, progress, details, catalog, depth);
	}

	private static long readInteger(JsonParser parser, String key, long max) {
		if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
				&& parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
			long value = parser.getLongValue();
			if (value >= 0 && value <= max) {
				return value;
			}
		}
		throw new CodecException(false, "/" + key, "expected an integer from 0 to " + max, null);
	}

	private static String readText(JsonParser parser, String key, int max) {
		if (parser.currentToken() != JsonToken.VALUE_STRING) {
			throw new CodecException(false, "/" + key, "expected a text", null);
		}
		String text = parser.getString();
		if (utf8Length(text) > max) {
			throw new CodecException(false, "/" + key, "longer than " + max + " bytes", null);
		}
		return text;
	}

	private static String readIdempotencyKey(JsonParser parser, String key) {
		String text = readText(parser, key, MAX_IDEMPOTENCY_KEY);
		if (text.isEmpty()) {
			throw new CodecException(false, "/" + key, "must not be empty", null);
		}
		return text;
	}

	private static @Nullable String readTraceparent(JsonParser parser, String key) {
		String text = readText(parser, key, Integer.MAX_VALUE);
		// A malformed trace context is ignored, and so is one that cannot be passed on.
		return (text.length() <= MAX_TRACEPARENT && isVisible(text)) ? text : null;
	}

	/** Whether a text may be the value of a header. */
	private static boolean isVisible(String text) {
		return text.chars().allMatch((character) -> character > ' ' && character < 0x7F);
	}

	private static Progress readProgress(JsonParser parser) {
		require(parser, JsonToken.START_ARRAY, "/8", "expected an array");
		parser.nextToken();
		Double done = readNumber(parser);
		if (done == null) {
			throw new CodecException(false, "/8/0", "expected a number", null);
		}
		parser.nextToken();
		Double total = readNumber(parser);
		parser.nextToken();
		String text = null;
		if (parser.currentToken() != JsonToken.VALUE_NULL) {
			require(parser, JsonToken.VALUE_STRING, "/8/2", "expected a text");
			text = cut(parser.getString(), MAX_TEXT);
		}
		parser.nextToken();
		require(parser, JsonToken.END_ARRAY, "/8", "expected three elements");
		return new Progress(done, total, text);
	}

	private static @Nullable Double readNumber(JsonParser parser) {
		if (parser.currentToken() == JsonToken.VALUE_NULL) {
			return null;
		}
		if (parser.currentToken() != null && parser.currentToken().isNumeric()) {
			double value = parser.getDoubleValue();
			if (Double.isFinite(value)) {
				return value;
			}
		}
		throw new CodecException(false, "/8", "expected a number", null);
	}

	private static Details readDetails(JsonParser parser) {
		require(parser, JsonToken.START_OBJECT, "/9", "expected an object");
		List<Violation> violations = List.of();
		String correlation = null;
		long retry = -1;
		for (String key = parser.nextName(); key != null; key = parser.nextName()) {
			parser.nextToken();
			switch (key) {
				case "violations" -> violations = readViolations(parser);
				case "correlation" -> correlation = textOrNothing(parser, MAX_IDEMPOTENCY_KEY);
				case "retry" -> retry = retryOrNothing(parser);
				default -> parser.skipChildren();
			}
		}
		return new Details(violations, correlation, retry);
	}

	/** A time of another type, or longer than any that is sent, is ignored. */
	private static long retryOrNothing(JsonParser parser) {
		if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
				&& parser.getNumberType() == JsonParser.NumberType.INT) {
			return Math.max(parser.getIntValue(), -1);
		}
		parser.skipChildren();
		return -1;
	}

	private static List<Violation> readViolations(JsonParser parser) {
		if (parser.currentToken() != JsonToken.START_ARRAY) {
			parser.skipChildren();
			return List.of();
		}
		List<Violation> violations = new ArrayList<>();
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			if (parser.currentToken() == JsonToken.START_OBJECT && violations.size() < MAX_VIOLATIONS) {
				violations.add(readViolation(parser));
			}
			else {
				parser.skipChildren();
			}
		}
		return violations;
	}

	private static Violation readViolation(JsonParser parser) {
		String pointer = null;
		String rule = null;
		String message = null;
		for (String key = parser.nextName(); key != null; key = parser.nextName()) {
			parser.nextToken();
			switch (key) {
				case "pointer" -> pointer = textOrNothing(parser, MAX_TEXT);
				case "rule" -> rule = textOrNothing(parser, MAX_TEXT);
				case "message" -> message = textOrNothing(parser, MAX_TEXT);
				default -> parser.skipChildren();
			}
		}
		return bounded(new Violation((pointer != null) ? pointer : "", (rule != null) ? rule : "",
				(message != null) ? message : ""));
	}

	/** A detail of another type is ignored. */
	private static @Nullable String textOrNothing(JsonParser parser, int max) {
		if (parser.currentToken() == JsonToken.VALUE_STRING) {
			return cut(parser.getString(), max);
		}
		parser.skipChildren();
		return null;
	}

	private static void require(JsonParser parser, JsonToken token, String pointer, String otherwise) {
		if (parser.currentToken() != token) {
			throw new CodecException(false, pointer, otherwise, null);
		}
	}

	private static Violation bounded(Violation violation) {
		return new Violation(cut(violation.pointer(), 256), cut(violation.rule(), 64), cut(violation.message(), 256));
	}

	private static String cut(String text, int max) {
		if (text.length() * 3 <= max) {
			return text;
		}
		Bytes bytes = Bytes.utf8(text);
		return (bytes.length() <= max) ? text : bytes.slice(0, Utf8.cut(bytes, max)).toUtf8();
	}

	private static int utf8Length(String text) {
		return (text.length() * 3 <= MAX_CATALOG) ? text.length() : Bytes.utf8(text).length();
	}

	/** Bytes in JSON, where control characters take six. */
	private static int escapedLength(String text) {
		int length = 0;
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			length += (c < 0x20) ? 6 : (c == '"' || c == '\\') ? 2 : (c < 0x80) ? 1 : 3;
		}
		return length;
	}

}
