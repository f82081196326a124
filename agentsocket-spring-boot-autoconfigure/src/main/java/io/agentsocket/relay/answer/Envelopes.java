package io.agentsocket.relay.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Reads results that come as a whole: plain JSON and envelopes. Thread-safe. Implements
 * sections 4 and 6 of {@code docs/function-protocol.md}.
 */
final class Envelopes {

	/** Exactly one of them says how the invocation has ended. */
	private static final List<String> OUTCOMES = List.of("result", "error", "ask", "approve", "detached");

	private static final int MAX_EVENTS = 1024;

	private final Payloads payloads;

	private final ResultShape shape;

	Envelopes(Payloads payloads, ResultShape shape) {
		this.payloads = payloads;
		this.shape = shape;
	}

	/** A JSON value, or nothing, that is the result. */
	List<AnswerPart> plain(Bytes body) {
		if (this.shape == ResultShape.NONE) {
			return AnswerPart.end();
		}
		if (this.shape == ResultShape.VALUE && !body.isEmpty()) {
			return List.of(this.payloads.value(body), new AnswerPart.End());
		}
		if (body.isEmpty()) {
			return (this.shape == ResultShape.VALUE) ? result(null) : AnswerPart.end();
		}
		return result(this.payloads.decode(body, "A result"));
	}

	/** A text that is the one value. */
	List<AnswerPart> text(Bytes body) {
		this.payloads.text(body);
		return result(body.toUtf8());
	}

	private List<AnswerPart> result(@Nullable Object value) {
		List<AnswerPart> parts = new ArrayList<>();
		switch (this.shape) {
			case NONE -> {
				// The result is ignored.
			}
			case VALUE -> parts.add(this.payloads.valueOf(value));
			case ITEMS -> {
				List<?> items = (value instanceof List<?> list) ? list : java.util.Collections.singletonList(value);
				items.forEach((item) -> parts.add(this.payloads.valueOf(item)));
			}
			case TEXT -> text(value, parts);
			case BYTES -> bytes(value, parts);
		}
		parts.add(new AnswerPart.End());
		return parts;
	}

	private void text(@Nullable Object value, List<AnswerPart> parts) {
		if (!(value instanceof String text)) {
			throw FunctionFailure.malformed("The result of an action of text is no text");
		}
		if (!text.isEmpty()) {
			parts.add(this.payloads.text(Bytes.utf8(text)));
		}
	}

	private void bytes(@Nullable Object value, List<AnswerPart> parts) {
		byte[] bytes = Payloads.binary(value);
		if (bytes.length > 0) {
			parts.add(this.payloads.bytes(Bytes.of(bytes)));
		}
	}

	/** An envelope. */
	List<AnswerPart> envelope(Bytes body) {
		Map<String, Object> map = this.payloads.map(body, "An envelope");
		List<String> outcomes = OUTCOMES.stream().filter(map::containsKey).toList();
		if (outcomes.size() != 1) {
			throw FunctionFailure.malformed("An envelope has one of " + OUTCOMES + ", not " + outcomes);
		}
		List<AnswerPart> parts = new ArrayList<>();
		if (map.get("events") instanceof List<?> events) {
			events(events, parts);
		}
		String outcome = outcomes.get(0);
		if (map.get("state") != null && !outcome.equals("error")) {
			parts.add(Payloads.patch(map.get("state")));
		}
		switch (outcome) {
			case "result" -> parts.addAll(result(map.get("result")));
			case "error" -> parts.add(failed(map.get("error")));
			case "detached" -> parts.add(new AnswerPart.Detached());
			default -> parts.add(Payloads.ask(outcome.equals("approve"), map.get(outcome)));
		}
		return parts;
	}

	private static void events(List<?> events, List<AnswerPart> parts) {
		if (events.size() > MAX_EVENTS) {
			throw FunctionFailure.malformed("An answer has more than " + MAX_EVENTS + " events");
		}
		for (Object event : events) {
			if (!(event instanceof Map<?, ?> map)) {
				throw FunctionFailure.malformed("An event is no object");
			}
			parts.add(Payloads.event(map.get("name"), map.get("payload")));
		}
	}

	/** An end with an error that the function has chosen. */
	static AnswerPart.Failed failed(@Nullable Object value) {
		Map<String, Object> error = Payloads.object(value);
		if (error == null) {
			throw FunctionFailure.malformed("An error is no object");
		}
		return new AnswerPart.Failed(new FunctionFailure(FunctionFailure.Kind.OWN, Payloads.error(error, "text", 0)));
	}

}
