package io.agentsocket.relay;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/**
 * The questions of one invocation, and the approval that stands before it: each is kept
 * before it is put, and its answer before the function gets it. Its methods are called
 * one at a time. Implements section 9 of {@code docs/function-protocol.md}.
 */
final class InvocationQuestions {

	private static final Log logger = PrintableLog.of(InvocationQuestions.class);

	/** Questions of one invocation: a function that asks for ever gets nowhere. */
	private static final int MAX_QUESTIONS = 8;

	private static final Map<String, Object> APPROVED = Map.of("outcome", "approve");

	private final OpenQuestions open;

	private final Questions asking;

	private final AgentExchange exchange;

	private final String invocation;

	private int count;

	/** The runs of the questions that may be kept in the session. */
	private final Set<String> runs = new HashSet<>();

	/** Whether the latest question is kept in the session. */
	private boolean kept;

	InvocationQuestions(OpenQuestions open, Questions asking, AgentExchange exchange, String invocation) {
		this.open = open;
		this.asking = asking;
		this.exchange = exchange;
		this.invocation = invocation;
	}

	/** Goes on with an invocation of a pod that is gone. */
	void restore(OpenQuestions.Taken taken) {
		this.runs.add(taken.run());
		OpenQuestions.Saved question = taken.question();
		if (question != null) {
			this.kept = true;
			this.count = question.questions();
		}
	}

	/**
	 * Asks for the approval that stands before the action.
	 * @param approval asks the agent
	 * @return completes when it is given and stored
	 */
	Mono<Void> approve(Mono<Void> approval) {
		OpenQuestions.Saved saved = saved(0, null);
		return put(saved).flatMap((stored) -> approval
			.then(Mono.defer(() -> this.open.answered(this.exchange, saved, stored, APPROVED))));
	}

	/**
	 * Puts one more question of the function.
	 * @param attempt requests so far
	 * @return the answer, when it is stored
	 */
	Mono<Map<String, Object>> ask(AnswerPart.Ask question, int attempt) {
		if (++this.count > MAX_QUESTIONS) {
			return Mono
				.error(new ActionException(ErrorCode.FAILED_PRECONDITION, "The function has asked too many questions"));
		}
		return askAgain(question, attempt);
	}

	/** Puts the latest question once more: its answer has got lost. */
	Mono<Map<String, Object>> askAgain(AnswerPart.Ask question, int attempt) {
		OpenQuestions.Saved saved = saved(attempt, question);
		return put(saved).flatMap((stored) -> this.asking.ask(this.exchange, question)
			.flatMap((answer) -> this.open.answered(this.exchange, saved, stored, answer).thenReturn(answer)));
	}

	private Mono<Boolean> put(OpenQuestions.Saved saved) {
		Set<String> before = Set.copyOf(this.runs);
		this.runs.add(saved.run());
		return this.open.put(this.exchange, saved, before, this.kept).doOnNext((stored) -> this.kept = stored);
	}

	private OpenQuestions.Saved saved(int attempt, AnswerPart.@Nullable Ask question) {
		return new OpenQuestions.Saved(this.exchange.action().name(), this.invocation, attempt, this.count,
				WebhookSignature.newId(), System.currentTimeMillis(), question, null);
	}

	/**
	 * The invocation is over in this pod. Another pod may go on with it, whose question
	 * stays.
	 */
	void over(SignalType signal) {
		// An agent that is not here did not cancel: another pod may go on.
		boolean goesOn = signal == SignalType.CANCEL && !this.exchange.session().isConnected();
		if (!this.runs.isEmpty() && !goesOn) {
			this.open.remove(this.exchange, this.runs)
				.subscribe(null, (error) -> logger.debug("A question was not removed", error));
		}
	}

}
