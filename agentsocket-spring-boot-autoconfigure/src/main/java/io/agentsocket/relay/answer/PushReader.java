package io.agentsocket.relay.answer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Reads the operations of a push, from JSON or from frames. Items stay as they are
 * written until they reach the pod that knows the codec of the agent. Thread-safe.
 * Implements section 10 of {@code docs/function-protocol.md}.
 */
public final class PushReader {

	/** Bytes of a push. */
	public static final int MAX_BODY = 1024 * 1024;

	/** Operations in one push. */
	private static final int MAX_OPERATIONS = 256;

	private final RelayCodecs codecs;

	public PushReader(RelayCodecs codecs) {
		this.codecs = codecs;
	}

	/**
	 * Read a push.
	 * @param head the head, of which the media type counts
	 * @param body the body
	 * @param maxItem bytes of the largest item
	 * @return the operations, at least one
	 * @throws FunctionFailure if it is malformed
	 */
	public List<AnswerPart> read(AnswerHead head, Bytes body, int maxItem) {
		List<AnswerPart> parts = head.mediaType().equals(Answers.FRAMES) ? frames(head, body, maxItem)
				: json(body, maxItem);
		if (parts.isEmpty()) {
			throw FunctionFailure.malformed("A push has at least one operation");
		}
		if (parts.size() > MAX_OPERATIONS) {
			throw FunctionFailure.malformed("A push has more than " + MAX_OPERATIONS + " operations");
		}
		for (int i = 0; i < parts.size() - 1; i++) {
			if (parts.get(i).isLast()) {
				throw FunctionFailure.malformed("An operation follows the end");
			}
		}
		return parts;
	}

	private List<AnswerPart> frames(AnswerHead head, Bytes body, int maxItem) {
		FrameDecoder decoder = new FrameDecoder(
				new Payloads(this.codecs.named(head.codec()), this.codecs.json(), maxItem), null, true);
		List<AnswerPart> parts = new ArrayList<>(decoder.accept(body.toArray()));
		for (AnswerPart last : decoder.complete()) {
			if (last instanceof AnswerPart.Failed failed && failed.failure().kind() != FunctionFailure.Kind.OWN) {
				throw failed.failure();
			}
			parts.add(last);
		}
		if (decoder.hasMore()) {
			throw FunctionFailure.malformed("A frame follows the end");
		}
		return parts;
	}

	private List<AnswerPart> json(Bytes body, int maxItem) {
		Payloads payloads = new Payloads(this.codecs.json(), this.codecs.json(), maxItem);
		Map<String, Object> map = payloads.map(body, "A push");
		if (!(map.get("ops") instanceof List<?> list)) {
			throw FunctionFailure.malformed("A push has a list of operations");
		}
		List<AnswerPart> parts = new ArrayList<>();
		for (Object each : list) {
			Map<String, Object> operation = Payloads.object(each);
			if (operation == null) {
				throw FunctionFailure.malformed("An operation is no object");
			}
			operation(operation, payloads, parts);
		}
		return parts;
	}

	private static void operation(Map<String, Object> map, Payloads payloads, List<AnswerPart> parts) {
		List<String> kinds = List
			.of("event", "define", "withdraw", "item", "text", "bytes", "progress", "end", "error", "interrupt")
			.stream()
			.filter(map::containsKey)
			.toList();
		if (kinds.size() != 1) {
			throw FunctionFailure.malformed("An operation has one kind, not " + kinds);
		}
		String kind = kinds.get(0);
		Object value = map.get(kind);
		if (kind.equals("end") && map.get("state") != null) {
			parts.add(Payloads.patch(map.get("state")));
		}
		parts.add(switch (kind) {
			case "event" -> Payloads.event(value, map.get("payload"));
			case "define" -> define(value);
			case "withdraw" -> new AnswerPart.Withdraw(Payloads.event(value, null).name());
			case "item" -> payloads.valueOf(value);
			case "text" -> payloads.text(Bytes.utf8(text(value)));
			case "bytes" -> payloads.bytes(Bytes.of(Payloads.binary(value)));
			case "progress" -> progress(value);
			case "error" -> Envelopes.failed(value);
			case "interrupt" -> interrupt(value);
			default -> end(value);
		});
	}

	private static AnswerPart end(@Nullable Object value) {
		if (!Boolean.TRUE.equals(value)) {
			throw FunctionFailure.malformed("end is true");
		}
		return new AnswerPart.End();
	}

	private static String text(@Nullable Object value) {
		if (!(value instanceof String text) || text.isEmpty()) {
			throw FunctionFailure.malformed("A text is none, or empty");
		}
		return text;
	}

	private static AnswerPart define(@Nullable Object value) {
		Map<String, Object> map = Payloads.object(value);
		if (map == null) {
			throw FunctionFailure.malformed("A descriptor is no object");
		}
		return new AnswerPart.Define(new LinkedHashMap<>(map));
	}

	private static AnswerPart progress(@Nullable Object value) {
		if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Number done) {
			Double total = (list.size() > 1 && list.get(1) instanceof Number number) ? number.doubleValue() : null;
			String text = (list.size() > 2 && list.get(2) instanceof String given) ? given : null;
			if (!Double.isFinite(done.doubleValue()) || (total != null && !Double.isFinite(total))) {
				throw FunctionFailure.malformed("Progress has a number that is too large");
			}
			return new AnswerPart.Report(new Progress(done.doubleValue(), total, text));
		}
		throw FunctionFailure.malformed("Progress is an array that begins with a number");
	}

	private static AnswerPart interrupt(@Nullable Object value) {
		Map<String, Object> map = Payloads.object(value);
		long mode = (map != null) ? Payloads.integer(map.get("mode"), -1) : -1;
		if (mode != 0 && mode != 1) {
			throw FunctionFailure.malformed("interrupt has the mode 0 or 1");
		}
		return new AnswerPart.Interrupt((int) mode);
	}

	/** The scope that an operation needs. */
	public static String scope(AnswerPart part) {
		if (part instanceof AnswerPart.Event) {
			return "events";
		}
		if (part instanceof AnswerPart.Define || part instanceof AnswerPart.Withdraw) {
			return "actions";
		}
		return (part instanceof AnswerPart.Interrupt) ? "interrupt" : "items";
	}

}
