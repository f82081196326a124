package io.agentsocket.relay;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.Payloads;
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

	/**
	 * Questions that are kept in a session: they travel with it. There are as many claims
	 * beside them as invocations that are taken over.
	 */
	private static final int MAX_QUESTIONS = 32;

	/**
	 * Questions of which nobody was told that their invocations are over are forgotten
	 * after this time when there is no room for others.
	 */
	private static final Duration LEFT_OVER = Duration.ofHours(1);

	/** Bytes of the largest question that is kept: it travels with the session. */
	private static final int MAX_SIZE = 64 * 1024;

	private final Codec json;

	OpenQuestions(Codec json) {
		this.json = json;
	}

	/**
	 * This pod goes on with an invocation. From now on the pod that is gone cannot keep a
	 * question of it, and no answer, should it only have been slow.
	 * @param begins whether the invocation begins anew when it has no question
	 */
	Mono<Taken> takeOver(AgentExchange exchange, boolean begins) {
		String run = WebhookSignature.newId();
		AtomicReference<@Nullable Saved> found = new AtomicReference<>();
		return change(exchange, (questions) -> {
			Saved present = Saved.of(questions.get(key(exchange)));
			// Numbers begin anew when a session is reset.
			Saved asked = (present != null && present.isQuestionOf(exchange.action().name())) ? present : null;
			found.set(asked);
			if (asked != null) {
				questions.put(key(exchange), asked.in(run).packed());
			}
			else if (begins) {
				// Questions that are old may be taken over next.
				makeRoom(questions, Saved::isClaim, System.currentTimeMillis());
				questions.put(key(exchange), Saved.claim(run).packed());
			}
		}).map((questions) -> new Taken(run, found.get()));
	}

	/**
	 * Keep a question before it is put. A question that cannot be kept is put
	 * nevertheless: it is lost with its pod.
	 * @param runs names the attempts of this pod, and of the one before it
	 * @param kept whether a question of the invocation is kept by this pod
	 * @return whether it is kept; fails when another pod goes on with the invocation, or
	 * has ended it
	 */
	Mono<Boolean> put(AgentExchange exchange, Saved question, Set<String> runs, boolean kept) {
		if (!isKept(exchange)) {
			return Mono.just(false);
		}
		Map<String, Object> packed = question.packed();
		boolean fits = this.json.encodeMap(packed).length() <= MAX_SIZE;
		if (!fits) {
			logger.debug("A question exceeds " + MAX_SIZE + " bytes: it is lost with its pod");
		}
		AtomicReference<Holder> holder = new AtomicReference<>(Holder.THIS);
		AtomicBoolean stored = new AtomicBoolean();
		return change(exchange, (questions) -> {
			Holder present = holder(Saved.of(questions.get(key(exchange))), question, runs, kept);
			holder.set(present);
			stored.set(false);
			if (present != Holder.THIS) {
				return;
			}
			boolean held = questions.remove(key(exchange)) != null;
			stored.set(fits && hasRoom(questions, question.at()));
			if (stored.get()) {
				questions.put(key(exchange), packed);
			}
			else if (held) {
				// A late pod keeps no question in its place.
				questions.put(key(exchange), Saved.claim(question.run()).packed());
			}
		}).map((questions) -> stored.get()).onErrorResume((error) -> {
			logger.debug("A question was not stored: it is lost with its pod", error);
			return Mono.just(false);
		}).flatMap((done) -> (holder.get() == Holder.ANOTHER_POD) ? Mono.error(lost()) : Mono.just(done));
	}

	private static Holder holder(@Nullable Saved present, Saved question, Set<String> runs, boolean kept) {
		if (present == null) {
			return kept ? Holder.ANOTHER_POD : Holder.THIS;
		}
		if (runs.contains(present.run())) {
			return Holder.THIS;
		}
		// Numbers begin anew when a session is reset.
		boolean same = kept || present.invocation().equals(question.invocation());
		return same ? Holder.ANOTHER_POD : Holder.ANOTHER_INVOCATION;
	}

	/** Claims take no room of questions. */
	private static boolean hasRoom(Map<String, Object> questions, long now) {
		if (count(questions) >= MAX_QUESTIONS) {
			makeRoom(questions, (other) -> true, now);
		}
		return count(questions) < MAX_QUESTIONS;
	}

	private static long count(Map<String, Object> questions) {
		return questions.values().stream().map(Saved::of).filter((other) -> other != null && !other.isClaim()).count();
	}

	/** Forgets those that were left over. */
	private static void makeRoom(Map<String, Object> questions, Predicate<Saved> which, long now) {
		if (questions.size() >= MAX_QUESTIONS) {
			long since = now - LEFT_OVER.toMillis();
			questions.values().removeIf((packed) -> {
				Saved other = Saved.of(packed);
				return other == null || other.at() < since && which.test(other);
			});
		}
	}

	/**
	 * Keep an answer before the function gets it.
	 * @param stored whether the question is kept
	 * @return fails when another pod goes on with the invocation, or has ended it, and
	 * when the answer cannot be stored
	 */
	Mono<Void> answered(AgentExchange exchange, Saved question, boolean stored, Map<String, Object> answer) {
		if (!stored) {
			return Mono.empty();
		}
		AtomicBoolean taken = new AtomicBoolean();
		return change(exchange, (questions) -> {
			Saved present = Saved.of(questions.get(key(exchange)));
			taken.set(present == null || !present.run().equals(question.run()));
			if (present != null && !taken.get()) {
				questions.put(key(exchange), present.with(answer).packed());
			}
		}).onErrorMap(
				(error) -> new ActionException(ErrorCode.UNAVAILABLE, "The answer could not be stored").retryable()
					.mayHaveRun()
					.withCause(error))
			.flatMap((questions) -> taken.get() ? Mono.error(lost()) : Mono.empty());
	}

	/**
	 * The invocation is over.
	 * @param runs the runs of its questions in this pod: that of another pod stays
	 */
	Mono<Void> remove(AgentExchange exchange, Set<String> runs) {
		return !isKept(exchange) ? Mono.empty()
				: change(exchange, (questions) -> questions.computeIfPresent(key(exchange), (key, packed) -> {
					Saved present = Saved.of(packed);
					return (present != null && !runs.contains(present.run())) ? packed : null;
				})).then();
	}

	/**
	 * Whether there may be a question under the number of an invocation that begins: of
	 * one before a reset of the session, with which numbers begin anew.
	 */
	boolean mayHave(AgentExchange exchange) {
		return isKept(exchange) && exchange.session()
			.attribute(QUESTIONS, String.class)
			.filter((text) -> text.contains("\"" + key(exchange) + "\":"))
			.isPresent();
	}

	/** Forgets the question of an invocation before a reset of the session. */
	Mono<Void> forget(AgentExchange exchange) {
		return change(exchange, (questions) -> questions.remove(key(exchange))).then().onErrorResume((error) -> {
			logger.debug("A question of an invocation before a reset was not removed", error);
			return Mono.empty();
		});
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

	/** Whose question is kept under the number of an invocation. */
	private enum Holder {

		/** This pod, or nobody. */
		THIS,

		/** A pod that goes on with the same invocation, or has ended it. */
		ANOTHER_POD,

		/** An invocation with the same number, before or after a reset of the session. */
		ANOTHER_INVOCATION

	}

	/**
	 * An invocation that this pod has taken over.
	 *
	 * @param run names this pod's attempt to get an answer
	 * @param question the question with which it goes on, or {@code null}: it begins anew
	 */
	record Taken(String run, @Nullable Saved question) {

	}

	/**
	 * A question that is kept, or an approval that the pod asks for before the function
	 * gets anything.
	 *
	 * @param action name of the action, or nothing for a claim
	 * @param invocation id of the invocation
	 * @param attempt requests so far
	 * @param questions questions so far
	 * @param run names the pod's attempt to get an answer
	 * @param at when it was put, in milliseconds since 1970
	 * @param ask the question, or {@code null} for the approval of the pod
	 * @param answer the answer, or {@code null} before the function may have got it
	 */
	record Saved(String action, String invocation, int attempt, int questions, String run, long at,
			AnswerPart.@Nullable Ask ask, @Nullable Map<String, Object> answer) {

		static @Nullable Saved of(@Nullable Object packed) {
			Map<String, Object> map = Payloads.object(packed);
			if (map == null) {
				return null;
			}
			AnswerPart.Ask ask = (map.get("ask") != null)
					? Payloads.ask(Boolean.TRUE.equals(map.get("approval")), map.get("ask")) : null;
			return new Saved(String.valueOf(map.get("action")), String.valueOf(map.get("invocation")),
					(int) Payloads.integer(map.get("attempt"), 1), (int) Payloads.integer(map.get("questions"), 1),
					String.valueOf(map.get("run")), Payloads.integer(map.get("at"), 0), ask,
					Payloads.object(map.get("answer")));
		}

		/**
		 * Stands in place of a question that a pod has not put, or not kept. It names no
		 * action: a pod of a version without claims takes it for no question, either.
		 */
		static Saved claim(String run) {
			return new Saved("", "", 0, 0, run, System.currentTimeMillis(), null, null);
		}

		/** Claims belong to no invocation. */
		boolean isClaim() {
			return this.invocation.isEmpty();
		}

		boolean isQuestionOf(String name) {
			return !isClaim() && this.action.equals(name);
		}

		Saved in(String other) {
			return new Saved(this.action, this.invocation, this.attempt, this.questions, other, this.at, this.ask,
					this.answer);
		}

		Saved with(Map<String, Object> given) {
			return new Saved(this.action, this.invocation, this.attempt, this.questions, this.run, this.at, this.ask,
					given);
		}

		Map<String, Object> packed() {
			Map<String, Object> packed = new LinkedHashMap<>();
			packed.put("action", this.action);
			packed.put("invocation", this.invocation);
			packed.put("attempt", this.attempt);
			packed.put("questions", this.questions);
			packed.put("run", this.run);
			packed.put("at", this.at);
			if (this.ask != null) {
				packed.put("approval", this.ask.approval());
				packed.put("ask", packed(this.ask));
			}
			packed.put("answer", this.answer);
			return packed;
		}

		private static Map<String, Object> packed(AnswerPart.Ask ask) {
			Map<String, Object> question = new LinkedHashMap<>();
			question.put("prompt", ask.prompt());
			question.put("schema", ask.schema());
			question.put("continuation", ask.continuation());
			question.put("timeoutMs", (ask.timeout() != null) ? ask.timeout().toMillis() : null);
			question.put("action", ask.action());
			question.put("arguments", ask.arguments());
			question.put("repeatable", ask.repeatable());
			return question;
		}

	}

}
