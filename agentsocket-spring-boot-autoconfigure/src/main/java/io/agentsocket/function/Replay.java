package io.agentsocket.function;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the results of earlier requests of an invocation: the answers to its questions,
 * and how much of its result has been sent. A function keeps no stack while a question
 * waits, so its action runs again from the beginning; it gets the answers that it has got
 * before, and what was sent is left out. Confined to the loop of its invocation.
 * Implements section 9 of {@code docs/function-protocol.md}.
 */
final class Replay {

	private static final String ANSWERS = "a";

	private static final String PENDING = "q";

	private static final String ITEMS = "i";

	private static final String EVENTS = "e";

	/** Answers by the questions that they belong to. */
	private final List<Map<String, Object>> answers = new ArrayList<>();

	/** Answers that the action has not asked for in this run. */
	private final List<Map<String, Object>> unused = new ArrayList<>();

	/** Items of values, or bytes of text and bytes, that were sent before. */
	private final long items;

	/** Events that were sent before. */
	private final long events;

	private Replay(Map<String, Object> told) {
		this.items = number(told.get(ITEMS));
		this.events = number(told.get(EVENTS));
	}

	/**
	 * Read the continuation that the last request has kept.
	 * @throws CodecException if the continuation is none of this function
	 */
	static Replay of(InvokeRequest request, Codec json) {
		String continuation = request.continuation();
		Map<String, Object> told = (continuation != null) ? json.decodeMap(Bytes.utf8(continuation)) : Map.of();
		Replay replay = new Replay(told);
		if (told.get(ANSWERS) instanceof List<?> list) {
			list.forEach((each) -> replay.answers.add(InvokeRequest.map(each)));
		}
		if (told.get(PENDING) instanceof String question) {
			replay.answers.add(Map.of(PENDING, question, ANSWERS, request.answer()));
		}
		replay.unused.addAll(replay.answers);
		return replay;
	}

	private static long number(@Nullable Object value) {
		return (value instanceof Number number) ? number.longValue() : 0;
	}

	long items() {
		return this.items;
	}

	long events() {
		return this.events;
	}

	/**
	 * The answer that a question has got before; {@code null} when it is new. The same
	 * question may be put several times.
	 */
	@Nullable Map<String, Object> answer(String question) {
		for (int i = 0; i < this.unused.size(); i++) {
			if (question.equals(this.unused.get(i).get(PENDING))) {
				return InvokeRequest.map(this.unused.remove(i).get(ANSWERS));
			}
		}
		return null;
	}

	/**
	 * Keep everything for the next request.
	 * @param question the question that waits for its answer
	 * @param items number of items of the result that were sent, in all requests
	 * @param events events that were sent, in all requests
	 */
	String keep(String question, long items, long events, Codec json) {
		Map<String, Object> told = new LinkedHashMap<>();
		told.put(ANSWERS, this.answers);
		told.put(PENDING, question);
		told.put(ITEMS, items);
		told.put(EVENTS, events);
		return json.encodeMap(told).toUtf8();
	}

	/**
	 * A short name for a question, the same in each run. An answer must never count for
	 * another question, even if somebody makes the two: an approval holds for what was
	 * approved.
	 */
	static String question(String name, Bytes arguments) {
		MessageDigest digest;
		try {
			digest = MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
		digest.update(arguments.array(), arguments.offset(), arguments.length());
		return name + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
	}

}
