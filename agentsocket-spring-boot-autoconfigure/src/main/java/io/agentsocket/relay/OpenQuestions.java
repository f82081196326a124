package io.agentsocket.relay;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps the questions of functions in an attribute of the session, from before they are
 * put until their invocations end: a pod that takes the session over goes on with them.
 * An answer is kept before the function gets it, so that no pod sends it twice unawares.
 * Thread-safe. Implements section 9 of {@code docs/function-protocol.md}.
 */
final class OpenQuestions {

	private static final Log logger = PrintableLog.of(OpenQuestions.class);

	/** The attribute with the questions, as JSON, by the numbers of their invocations. */
	private static final String QUESTIONS = "agentsocket.functions.questions";

	/** Questions that are kept in a session: of more the oldest are forgotten. */
	private static final int MAX_QUESTIONS = 32;

	/** Bytes of the largest question that is kept: it travels with the session. */
	private static final int MAX_SIZE = 64 * 1024;

	private final Codec json;

	OpenQuestions(Codec json) {
		this.json = json;
	}

	/**
	 * The question of an invocation; empty when there is none.
	 */
	Mono<Optional<Saved>> find(AgentExchange exchange) {
		return change(exchange, (questions) -> {
		}).map((questions) -> Optional.ofNullable(Saved.of(questions.get(key(exchange)))));
	}

	/**
	 * Keep a question before it is put. A question that cannot be kept is put
	 * nevertheless: it is lost with its pod.
	 */
	Mono<Void> put(AgentExchange exchange, Saved question) {
		if (!isKept(exchange)) {
			return Mono.empty();
		}
		Map<String, Object> packed = question.packed();
		if (this.json.encodeMap(packed).length() > MAX_SIZE) {
			logger.debug("A question exceeds " + MAX_SIZE + " bytes: it is lost with its pod");
			return remove(exchange);
		}
		return change(exchange, (questions) -> {
			questions.remove(key(exchange));
			questions.put(key(exchange), packed);
			while (questions.size() > MAX_QUESTIONS) {
				questions.remove(questions.keySet().iterator().next());
			}
		}).then().onErrorResume((error) -> {
			logger.debug("A question was not stored: it is lost with its pod", error);
			return Mono.empty();
		});
	}

	/**
	 * Keep an answer before the function gets it.
	 * @return fails when another pod goes on with the invocation, and when the answer
	 * cannot be stored
	 */
	Mono<Void> answered(AgentExchange exchange, Saved question, Map<String, Object> answer) {
		if (!isKept(exchange)) {
			return Mono.empty();
		}
		AtomicBoolean taken = new AtomicBoolean();
		return change(exchange, (questions) -> {
			Saved present = Saved.of(questions.get(key(exchange)));
			taken.set(present != null && !present.run().equals(question.run()));
			if (present != null && !taken.get()) {
				questions.put(key(exchange), present.with(answer).packed());
			}
		}).onErrorMap(
				(error) -> new ActionException(ErrorCode.UNAVAILABLE, "The answer could not be stored").retryable()
					.mayHaveRun()
					.withCause(error))
			.flatMap((questions) -> taken.get() ? Mono.error(lost()) : Mono.empty());
	}

	/** The invocation is over. */
	Mono<Void> remove(AgentExchange exchange) {
		return !isKept(exchange) ? Mono.empty()
				: change(exchange, (questions) -> questions.remove(key(exchange))).then();
	}

	/** Error for a caller whose invocation cannot go on. */
	static ActionException lost() {
		return new ActionException(ErrorCode.LOST, "The pod that relayed the invocation is gone").mayHaveRun();
	}

	/** No other pod goes on with an invocation that has no number. */
	private static boolean isKept(AgentExchange exchange) {
		return exchange.callNumber() != 0;
	}

	private static String key(AgentExchange exchange) {
		return String.valueOf(exchange.callNumber());
	}

	private Mono<Map<String, Object>> change(AgentExchange exchange, Consumer<Map<String, Object>> change) {
		UnaryOperator<@Nullable String> update = (present) -> {
			Map<String, Object> questions = read(present);
			change.accept(questions);
			return questions.isEmpty() ? null : this.json.encodeMap(questions).toUtf8();
		};
		return Mono.defer(() -> exchange.session().updateAttribute(QUESTIONS, String.class, update))
			.map(this::read)
			.defaultIfEmpty(Map.of());
	}

	private Map<String, Object> read(@Nullable String text) {
		return (text != null) ? new LinkedHashMap<>(this.json.decodeMap(Bytes.utf8(text))) : new LinkedHashMap<>();
	}

	/**
	 * A question that is kept.
	 *
	 * @param invocation id of the invocation
	 * @param attempt requests so far
	 * @param questions questions so far
	 * @param run names the pod's attempt to get an answer
	 * @param ask the question
	 * @param answer the answer, or {@code null} before the function may have got it
	 */
	record Saved(String invocation, int attempt, int questions, String run, AnswerPart.Ask ask,
			@Nullable Map<String, Object> answer) {

		static @Nullable Saved of(@Nullable Object packed) {
			Map<String, Object> map = Payloads.object(packed);
			return (map == null) ? null
					: new Saved(String.valueOf(map.get("invocation")), (int) Payloads.integer(map.get("attempt"), 1),
							(int) Payloads.integer(map.get("questions"), 1), String.valueOf(map.get("run")),
							Payloads.ask(Boolean.TRUE.equals(map.get("approval")), map.get("ask")),
							Payloads.object(map.get("answer")));
		}

		Saved with(Map<String, Object> given) {
			return new Saved(this.invocation, this.attempt, this.questions, this.run, this.ask, given);
		}

		Map<String, Object> packed() {
			Map<String, Object> question = new LinkedHashMap<>();
			question.put("prompt", this.ask.prompt());
			question.put("schema", this.ask.schema());
			question.put("continuation", this.ask.continuation());
			question.put("timeoutMs", (this.ask.timeout() != null) ? this.ask.timeout().toMillis() : null);
			question.put("action", this.ask.action());
			question.put("arguments", this.ask.arguments());
			question.put("repeatable", this.ask.repeatable());
			Map<String, Object> packed = new LinkedHashMap<>();
			packed.put("invocation", this.invocation);
			packed.put("attempt", this.attempt);
			packed.put("questions", this.questions);
			packed.put("run", this.run);
			packed.put("approval", this.ask.approval());
			packed.put("ask", question);
			packed.put("answer", this.answer);
			return packed;
		}

	}

}
