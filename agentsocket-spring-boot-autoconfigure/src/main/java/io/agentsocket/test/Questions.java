package io.agentsocket.test;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

import io.agentsocket.action.Answer;
import io.agentsocket.action.ApprovalRequest;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Questions and requests for permission that come in the middle of one invocation:
 * answered as the test has said before, or kept until it says something. They find this
 * through the Reactor context of the invocation. Thread-safe.
 */
final class Questions {

	private final Queue<Answer<?>> answers = new ArrayDeque<>();

	private @Nullable Boolean decision;

	private volatile boolean keeps;

	private final BlockingQueue<Asked> kept = new LinkedBlockingQueue<>();

	private final List<String> open = new CopyOnWriteArrayList<>();

	/** Answer the next question in this way. */
	synchronized void answer(Answer<?> answer) {
		this.answers.add(answer);
	}

	/** Decide on all requests in this way. */
	synchronized void decide(boolean approve) {
		this.decision = approve;
	}

	/** Everything that has no answer yet waits for the test from now on. */
	void keep() {
		this.keeps = true;
	}

	Mono<Answer<?>> question(QuestionRequest request) {
		String what = "the question " + Statement.of(request.prompt());
		synchronized (this) {
			Answer<?> answer = this.answers.poll();
			if (answer != null) {
				return Mono.just(answer);
			}
		}
		this.open.add(what);
		if (!this.keeps) {
			return unanswered();
		}
		Sinks.One<Answer<?>> answer = Sinks.one();
		this.kept.add(new Asked(what, request, answer, null, null));
		return answer.asMono().doFinally((signal) -> this.open.remove(what));
	}

	Mono<Boolean> approval(ApprovalRequest request) {
		String what = "the request to approve " + request.action() + " with " + request.arguments();
		synchronized (this) {
			Boolean decided = this.decision;
			if (decided != null) {
				return Mono.just(decided);
			}
		}
		this.open.add(what);
		if (!this.keeps) {
			return unanswered();
		}
		Sinks.One<Boolean> decided = Sinks.one();
		this.kept.add(new Asked(what, null, null, request, decided));
		return decided.asMono().doFinally((signal) -> this.open.remove(what));
	}

	/** As an agent that offers no answers to anybody. */
	static <T> Mono<T> unanswered() {
		return Mono.error(() -> new ActionException(ErrorCode.NOT_FOUND, "The test answers no questions").notRun());
	}

	/** Everything that has got no answer, in the order in which it came. */
	List<String> open() {
		return List.copyOf(this.open);
	}

	/**
	 * Wait for the next question.
	 * @return the question, or {@code null} when none came in time
	 */
	@Nullable Asked next(Duration timeout) {
		return Patience.poll(this.kept, timeout);
	}

	/**
	 * A question or a request for permission, with the place for its answer.
	 */
	record Asked(String what, @Nullable QuestionRequest question, Sinks.@Nullable One<Answer<?>> answer,
			@Nullable ApprovalRequest approval, Sinks.@Nullable One<Boolean> decision) {

		ExpectedQuestion question(Statement statement) {
			if (this.question == null || this.answer == null) {
				throw statement.failure("a question", this.what);
			}
			return new ExpectedQuestion(statement, this.question, this.answer);
		}

		ExpectedApproval approval(Statement statement) {
			if (this.approval == null || this.decision == null) {
				throw statement.failure("a request for approval", this.what);
			}
			return new ExpectedApproval(statement, this.approval, this.decision);
		}

	}

}
