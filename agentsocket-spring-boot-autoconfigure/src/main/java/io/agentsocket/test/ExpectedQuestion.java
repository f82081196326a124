package io.agentsocket.test;

import java.util.function.Consumer;

import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionRequest;
import reactor.core.publisher.Sinks;

/**
 * A question that a running action has asked, and that waits for the test to answer it.
 */
public final class ExpectedQuestion {

	private final Statement statement;

	private final QuestionRequest question;

	private final Sinks.One<Answer<?>> answer;

	ExpectedQuestion(Statement statement, QuestionRequest question, Sinks.One<Answer<?>> answer) {
		this.statement = statement;
		this.question = question;
		this.answer = answer;
	}

	/**
	 * Expect a text.
	 * @param expected the expected prompt
	 * @return this
	 */
	public ExpectedQuestion prompt(String expected) {
		this.statement.require(this.question.prompt().equals(expected), "the question " + Statement.of(expected),
				"the question " + Statement.of(this.question.prompt()));
		return this;
	}

	/**
	 * Expect the question to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if it does not
	 * @return this
	 */
	public ExpectedQuestion satisfies(Consumer<? super QuestionRequest> assertions) {
		this.statement.satisfies(this.question, assertions);
		return this;
	}

	/**
	 * Answer the question.
	 * @param value the answer, as a value that can be written as JSON
	 */
	public void answer(Object value) {
		this.answer.tryEmitValue((value instanceof Answer<?> given) ? given : Answer.of(value));
	}

	/** Refuse to answer. */
	public void decline() {
		this.answer.tryEmitValue(Answer.declined());
	}

	/** Dismiss the question. */
	public void cancel() {
		this.answer.tryEmitValue(Answer.cancelled());
	}

	/**
	 * The question itself.
	 * @return the question, with the schema of its answer
	 */
	public QuestionRequest get() {
		return this.question;
	}

}
