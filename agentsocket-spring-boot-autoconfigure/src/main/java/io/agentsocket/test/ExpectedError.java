package io.agentsocket.test;

import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;

/**
 * The error of an invocation, for the test to look at. Its texts are those that the agent
 * sees.
 */
public final class ExpectedError {

	private final Statement statement;

	private final ActionException error;

	ExpectedError(Statement statement, ActionException error) {
		this.statement = statement;
		this.error = error;
	}

	/**
	 * Expect a text.
	 * @param expected the text of the error, without its violations
	 * @return this
	 */
	public ExpectedError message(String expected) {
		return require(this.error.text().equals(expected), "an error with the text \"" + expected + "\"");
	}

	/**
	 * Expect a part of a text.
	 * @param expected a part of the text of the error, without its violations
	 * @return this
	 */
	public ExpectedError messageContains(String expected) {
		return require(this.error.text().contains(expected), "an error whose text contains \"" + expected + "\"");
	}

	/**
	 * Expect violations at these places, any number at each, and at no others.
	 * @param pointers JSON pointers to arguments, such as {@code /days}; empty for the
	 * arguments as a whole
	 * @return this
	 */
	public ExpectedError violations(String... pointers) {
		TreeSet<String> expected = new TreeSet<>(List.of(pointers));
		TreeSet<String> found = this.error.violations()
			.stream()
			.map(Violation::pointer)
			.collect(Collectors.toCollection(TreeSet::new));
		return requireViolation(found.equals(expected), "violations at " + expected + " and nowhere else");
	}

	/**
	 * Expect a violation among others.
	 * @param pointer JSON pointer to the argument
	 * @param rule the broken rule: a JSON Schema keyword or the simple name of a
	 * constraint
	 * @return this
	 */
	public ExpectedError violation(String pointer, String rule) {
		boolean found = this.error.violations()
			.stream()
			.anyMatch((violation) -> violation.pointer().equals(pointer) && violation.rule().equals(rule));
		return requireViolation(found, "a violation of " + rule + " at " + pointer);
	}

	/**
	 * Expect the same call to be worth another try later.
	 * @return this
	 */
	public ExpectedError isRetryable() {
		return require(this.error.isRetryable(), "an error that is worth another try");
	}

	/**
	 * Expect the error to say that the action certainly has not run.
	 * @return this
	 */
	public ExpectedError hasNotRun() {
		return require(!this.error.hasMaybeRun(), "an error after which the action has not run");
	}

	/**
	 * Expect the error to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if it does not
	 * @return this
	 */
	public ExpectedError satisfies(Consumer<? super ActionException> assertions) {
		this.statement.satisfies(this.error, assertions);
		return this;
	}

	/**
	 * The error itself.
	 * @return the exception that a caller in Java gets
	 */
	public ActionException get() {
		return this.error;
	}

	private ExpectedError require(boolean holds, String expected) {
		String marks = (this.error.isRetryable() ? ", worth another try" : "")
				+ (this.error.hasMaybeRun() ? ", may have run" : "");
		this.statement.require(holds, expected, Statement.of(this.error) + marks);
		return this;
	}

	private ExpectedError requireViolation(boolean holds, String expected) {
		StringBuilder got = new StringBuilder("the error ").append(Statement.code(this.error.code()))
			.append(": ")
			.append(this.error.text());
		if (this.error.violations().isEmpty()) {
			got.append(", without violations");
		}
		for (Violation violation : this.error.violations()) {
			got.append("\n  at ").append(violation.pointer()).append(", ").append(violation.rule());
			got.append(": ").append(violation.message());
		}
		this.statement.require(holds, expected, got.toString());
		return this;
	}

}
