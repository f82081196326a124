package io.agentsocket.relay.answer;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how an answer is read, by its status and its media type. Thread-safe.
 * Implements sections 4 and 7 of {@code docs/function-protocol.md}.
 */
public final class Answers {

	public static final String FRAMES = "application/vnd.agentsocket.frames";

	public static final String ENVELOPE = "application/vnd.agentsocket.result+json";

	private static final String PROBLEM = "application/problem+json";

	/** Bytes that are read of problem details. */
	private static final int MAX_PROBLEM = 64 * 1024;

	/** Seconds that a function may ask to be left alone: a day. */
	private static final long MAX_RETRY_AFTER = 86_400;

	private final RelayCodecs codecs;

	private final Codec session;

	private final ResultShape shape;

	private final int maxItem;

	public Answers(RelayCodecs codecs, Codec session, ResultShape shape, int maxItem) {
		this.codecs = codecs;
		this.session = session;
		this.shape = shape;
		this.maxItem = maxItem;
	}

	/**
	 * Bytes of the largest frame of an answer.
	 * @param item bytes of its largest item
	 */
	public static int maxFrame(int item) {
		return FrameSplitter.frame(item);
	}

	/** The decoder for the body of an answer. */
	public AnswerDecoder decoder(AnswerHead head) {
		if (head.status() == 204) {
			Envelopes envelopes = new Envelopes(json(), this.shape);
			return WholeDecoder.ignoring(envelopes.plain(Bytes.EMPTY));
		}
		if (head.status() == 202) {
			return WholeDecoder.ignoring(List.of(new AnswerPart.Detached()));
		}
		if (head.status() != 200) {
			return refusal(head);
		}
		if (head.isEncoded()) {
			throw FunctionFailure.malformed("The answer has a content-encoding, which was not asked for");
		}
		return result(head);
	}

	private AnswerDecoder result(AnswerHead head) {
		String type = head.mediaType();
		if (type.equals("text/html")) {
			throw FunctionFailure.malformed("The answer is HTML");
		}
		if (type.equals(FRAMES)) {
			return new FrameDecoder(new Payloads(this.codecs.named(head.codec()), this.session, this.maxItem),
					this.shape, false);
		}
		Envelopes envelopes = new Envelopes(json(), this.shape);
		if (type.equals(ENVELOPE)) {
			return new WholeDecoder(FrameSplitter.frame(this.maxItem), false, envelopes::envelope);
		}
		if (this.shape == ResultShape.NONE) {
			return WholeDecoder.ignoring(AnswerPart.end());
		}
		if (this.shape == ResultShape.BYTES) {
			return new PieceDecoder(json(), false);
		}
		if (type.isEmpty() || type.equals("application/json") || type.endsWith("+json")) {
			return new WholeDecoder(this.maxItem, false, envelopes::plain);
		}
		if (type.equals("application/x-ndjson") && this.shape == ResultShape.ITEMS) {
			return new LineDecoder(json());
		}
		if (type.startsWith("text/") && this.shape == ResultShape.TEXT) {
			return new PieceDecoder(json(), true);
		}
		if (type.startsWith("text/") && this.shape == ResultShape.VALUE) {
			return new WholeDecoder(this.maxItem, false, envelopes::text);
		}
		throw FunctionFailure
			.malformed("The media type " + type + " is no result of an action whose result is " + this.shape);
	}

	private Payloads json() {
		return new Payloads(this.codecs.json(), this.session, this.maxItem);
	}

	private AnswerDecoder refusal(AnswerHead head) {
		if (head.status() >= 400 && head.mediaType().equals(PROBLEM) && !head.isEncoded()) {
			return new WholeDecoder(MAX_PROBLEM, true, (body) -> failed(head, problem(body)));
		}
		return WholeDecoder.ignoring(failed(head, null));
	}

	private @Nullable Map<String, Object> problem(Bytes body) {
		try {
			return this.codecs.json().decodeMap(body);
		}
		catch (CodecException ex) {
			return null;
		}
	}

	private static List<AnswerPart> failed(AnswerHead head, @Nullable Map<String, Object> problem) {
		return List.of(new AnswerPart.Failed(failure(head, problem)));
	}

	private static FunctionFailure failure(AnswerHead head, @Nullable Map<String, Object> problem) {
		Duration retryAfter = retryAfter(head.retryAfter());
		return switch (head.status()) {
			case 400, 422 -> own(ErrorCode.INVALID_ARGUMENT, "The function refuses the arguments", problem, true);
			case 401 -> new FunctionFailure(FunctionFailure.Kind.ANSWER,
					unexpected("It refuses the signature (401)", problem).notRun());
			case 403 -> own(ErrorCode.PERMISSION_DENIED, "The function does not permit it", problem, true);
			case 404 -> own(ErrorCode.NOT_FOUND, "The function has not found it", problem, true);
			case 409 -> new FunctionFailure(FunctionFailure.Kind.STALE, conflict(problem));
			case 413 ->
				own(ErrorCode.TOO_LARGE, "The arguments are too large for the function", withoutCode(problem), true);
			case 429 -> new FunctionFailure(FunctionFailure.Kind.BUSY,
					busy(ErrorCode.RESOURCE_EXHAUSTED, retryAfter, problem), retryAfter);
			case 408, 425, 503 -> new FunctionFailure(FunctionFailure.Kind.BUSY,
					busy(ErrorCode.UNAVAILABLE, retryAfter, problem), retryAfter);
			case 501 -> own(ErrorCode.UNIMPLEMENTED, "The function does not support it", withoutCode(problem), true);
			case 502, 504 -> new FunctionFailure(FunctionFailure.Kind.GATEWAY,
					told(ErrorCode.UNAVAILABLE, "The function is not available", problem).retryable().mayHaveRun());
			default -> {
				if (head.status() >= 500) {
					FunctionFailure failure = own(ErrorCode.INTERNAL, "The function has failed",
							(head.status() == 500) ? problem : withoutCode(problem), false);
					boolean chosen = head.status() == 500 && problem != null;
					yield new FunctionFailure(chosen ? FunctionFailure.Kind.OWN : FunctionFailure.Kind.ANSWER,
							failure.error().mayHaveRun());
				}
				yield new FunctionFailure(FunctionFailure.Kind.ANSWER, unexpected("Status " + head.status(), problem));
			}
		};
	}

	/** The state has changed meanwhile, too often. */
	public static ActionException conflict() {
		return conflict(null);
	}

	private static ActionException conflict(@Nullable Map<String, Object> problem) {
		return told(ErrorCode.ABORTED, "The state of the session has changed meanwhile", problem).retryable().notRun();
	}

	private static ActionException unexpected(String rule, @Nullable Map<String, Object> problem) {
		return told(ErrorCode.INTERNAL, "The function has not answered as it should", problem)
			.withCause(new FunctionFailure.BrokenRule(rule));
	}

	private static ActionException busy(ErrorCode code, @Nullable Duration retryAfter,
			@Nullable Map<String, Object> problem) {
		ActionException error = told(code, "The function is busy", problem).retryable().notRun();
		return (retryAfter != null) ? error.retryableAfter(retryAfter).notRun() : error;
	}

	/** The error of a status, with what problem details say beside the code. */
	private static ActionException told(ErrorCode code, String text, @Nullable Map<String, Object> problem) {
		Map<String, Object> details = withoutCode(problem);
		return (details != null) ? Payloads.error(withDetail(details, text), "detail", code.code())
				: new ActionException(code, text);
	}

	/** Problem details without what chooses another code. */
	private static @Nullable Map<String, Object> withoutCode(@Nullable Map<String, Object> problem) {
		if (problem == null) {
			return null;
		}
		Map<String, Object> details = new HashMap<>(problem);
		details.remove("code");
		return details;
	}

	private static FunctionFailure own(ErrorCode code, String text, @Nullable Map<String, Object> problem,
			boolean notRun) {
		ActionException error = (problem != null) ? Payloads.error(withDetail(problem, text), "detail", code.code())
				: new ActionException(code, text);
		return new FunctionFailure(FunctionFailure.Kind.OWN, notRun ? error.notRun() : error);
	}

	private static Map<String, Object> withDetail(Map<String, Object> problem, String text) {
		Map<String, Object> copy = new HashMap<>(problem);
		copy.putIfAbsent("detail", text);
		return copy;
	}

	private static @Nullable Duration retryAfter(@Nullable String header) {
		if (header == null) {
			return null;
		}
		String text = header.strip();
		try {
			return bounded(Long.parseLong(text));
		}
		catch (NumberFormatException ex) {
			return date(text);
		}
	}

	private static @Nullable Duration date(String text) {
		try {
			return bounded(Duration
				.between(Instant.now(), ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant())
				.toSeconds());
		}
		catch (DateTimeParseException ex) {
			return null;
		}
	}

	private static Duration bounded(long seconds) {
		return Duration.ofSeconds(Math.max(0, Math.min(MAX_RETRY_AFTER, seconds)));
	}

}
