package io.agentsocket.relay.answer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Encoded;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Reads payloads that a function has written in one codec for an agent that may use
 * another one. An item in the codec of the agent is checked and passed on as it is.
 * Thread-safe.
 */
public final class Payloads {

	/** Bytes of a continuation: it is kept with the session. */
	static final int MAX_CONTINUATION = 16 * 1024;

	/** Timers do not take every number of milliseconds: a day is enough for each. */
	private static final long MAX_TIME = Duration.ofDays(1).toMillis();

	private final Codec from;

	private final Codec to;

	private final int maxItem;

	public Payloads(Codec from, Codec to, int maxItem) {
		this.from = from;
		this.to = to;
		this.maxItem = maxItem;
	}

	/** The codec in which the function writes. */
	Codec codec() {
		return this.from;
	}

	int maxItem() {
		return this.maxItem;
	}

	/** A value. */
	public AnswerPart.Item value(Bytes bytes) {
		if (bytes.length() > this.maxItem) {
			throw FunctionFailure.tooLarge();
		}
		if (this.from.name().equals(this.to.name())) {
			try {
				this.from.verify(bytes);
			}
			catch (CodecException ex) {
				throw FunctionFailure.malformed("An item is malformed: " + ex.getMessage());
			}
			return new AnswerPart.Item(FrameType.DATA, new Encoded(bytes));
		}
		return valueOf(decode(bytes, "An item"));
	}

	/** A value that is decoded. */
	public AnswerPart.Item valueOf(@Nullable Object value) {
		return sized(FrameType.DATA, this.to.encode(value));
	}

	/** A piece of text. */
	public AnswerPart.Item text(Bytes bytes) {
		if (!Utf8.isValid(bytes)) {
			throw FunctionFailure.malformed("A text is not UTF-8");
		}
		return sized(FrameType.TEXT, bytes);
	}

	public AnswerPart.Item bytes(Bytes bytes) {
		return sized(FrameType.BYTES, bytes);
	}

	private AnswerPart.Item sized(FrameType type, Bytes bytes) {
		if (bytes.length() > this.maxItem) {
			throw FunctionFailure.tooLarge();
		}
		return new AnswerPart.Item(type, new Encoded(bytes));
	}

	@Nullable Object decode(Bytes bytes, String what) {
		try {
			return this.from.decode(bytes, Object.class);
		}
		catch (CodecException ex) {
			throw FunctionFailure.malformed(what + " is malformed: " + ex.getMessage());
		}
	}

	Map<String, Object> map(Bytes bytes, String what) {
		try {
			return this.from.decodeMap(bytes);
		}
		catch (CodecException ex) {
			throw FunctionFailure.malformed(what + " is malformed: " + ex.getMessage());
		}
	}

	/** An event with a name that is allowed. */
	static AnswerPart.Event event(@Nullable Object name, @Nullable Object payload) {
		if (!(name instanceof String text) || !isOwnName(text)) {
			throw FunctionFailure.malformed("An event has a name that is none, or that is reserved");
		}
		return new AnswerPart.Event(text, payload);
	}

	/** Whether an application may use a name. */
	public static boolean isOwnName(String name) {
		return name.length() <= 128 && Names.isValid(name) && !name.startsWith(Names.RESERVED_PREFIX);
	}

	/** A patch of the state. */
	static AnswerPart.Patch patch(Object value) {
		long version = (value instanceof Map<?, ?> given) ? integer(given.get("version"), -1) : -1;
		if (!(value instanceof Map<?, ?> map) || version < 0) {
			throw FunctionFailure.malformed("A patch of the state has no version");
		}
		Map<String, Object> set = new LinkedHashMap<>();
		Set<String> remove = new HashSet<>();
		Object changed = map.get("set");
		if (changed instanceof Map<?, ?> values) {
			values.forEach((key, each) -> set.put(String.valueOf(key), each));
		}
		else if (changed != null) {
			throw FunctionFailure.malformed("set of a patch is no object");
		}
		Object removed = map.get("remove");
		if (removed instanceof List<?> keys) {
			keys.forEach((key) -> remove.add(String.valueOf(key)));
		}
		else if (removed != null) {
			throw FunctionFailure.malformed("remove of a patch is no array");
		}
		if (remove.stream().anyMatch(set::containsKey)) {
			throw FunctionFailure.malformed("A patch sets and removes the same key");
		}
		return new AnswerPart.Patch(version, set, remove);
	}

	/** A question or an approval. */
	public static AnswerPart.Ask ask(boolean approval, @Nullable Object value) {
		if (!(value instanceof Map<?, ?> map) || !(map.get("prompt") instanceof String prompt)
				|| !(map.get("continuation") instanceof String continuation)) {
			throw FunctionFailure.malformed("A question needs a prompt and a continuation");
		}
		if (Bytes.utf8(continuation).length() > MAX_CONTINUATION) {
			throw FunctionFailure.malformed("A continuation exceeds " + MAX_CONTINUATION + " bytes");
		}
		return new AnswerPart.Ask(approval, prompt, object(map.get("schema")), continuation, time(map.get("timeoutMs")),
				(map.get("action") instanceof String action) ? action : null, object(map.get("arguments")),
				Boolean.TRUE.equals(map.get("repeatable")));
	}

	@SuppressWarnings("unchecked") // keys of decoded maps are texts
	public static @Nullable Map<String, Object> object(@Nullable Object value) {
		return (value instanceof Map<?, ?> map) ? (Map<String, Object>) map : null;
	}

	/** Bytes that are written as base64. */
	public static byte[] binary(@Nullable Object value) {
		if (value instanceof String text) {
			try {
				return Base64.getDecoder().decode(text);
			}
			catch (IllegalArgumentException ex) {
				throw FunctionFailure.malformed("Bytes are no base64");
			}
		}
		throw FunctionFailure.malformed("Bytes are no base64 text");
	}

	/** A whole number, or something else in its place. */
	public static long integer(@Nullable Object value, long otherwise) {
		return (value instanceof Integer || value instanceof Long) ? ((Number) value).longValue() : otherwise;
	}

	/** Milliseconds, a day at most; null when there are none. */
	public static @Nullable Duration time(@Nullable Object value) {
		long millis = integer(value, 0);
		return (millis > 0) ? Duration.ofMillis(Math.min(millis, MAX_TIME)) : null;
	}

	/**
	 * An error that the function has chosen, from an envelope, a push or problem details.
	 * @param fallback the code when none is given, or 0 when one is required
	 */
	static ActionException error(Map<String, Object> map, String textKey, int fallback) {
		long given = integer(map.get("code"), 0);
		int code = (given >= 1 && given <= Integer.MAX_VALUE) ? (int) given : fallback;
		if (code == 0) {
			throw FunctionFailure.malformed("An error has no code");
		}
		String text = (map.get(textKey) instanceof String told) ? told : "The function has failed";
		ActionException error = own(code, text);
		if (Boolean.TRUE.equals(map.get("retryable"))) {
			error = error.retryable();
		}
		if (map.get("violations") instanceof List<?> list) {
			error = error.withViolations(violations(list));
		}
		return (map.get("correlation") instanceof String id) ? error.withCorrelation(id) : error;
	}

	/** An error with a code that functions may use. */
	static ActionException own(int code, String text) {
		boolean reserved = code == ErrorCode.REFUSED.code() || code == ErrorCode.UNKNOWN_ALIAS.code()
				|| code == ErrorCode.SESSION_RESET.code();
		return reserved ? new ActionException(ErrorCode.INTERNAL, "The function has failed")
				: new ActionException(code, text);
	}

	private static List<Violation> violations(List<?> list) {
		List<Violation> violations = new ArrayList<>();
		for (Object each : list) {
			if (each instanceof Map<?, ?> map && violations.size() < 100) {
				violations
					.add(new Violation(text(map.get("pointer")), text(map.get("rule")), text(map.get("message"))));
			}
		}
		return violations;
	}

	private static String text(@Nullable Object value) {
		return (value instanceof String text) ? text : "";
	}

}
