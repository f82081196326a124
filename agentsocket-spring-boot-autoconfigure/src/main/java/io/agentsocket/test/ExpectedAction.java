package io.agentsocket.test;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

import io.agentsocket.action.ActionDescriptor;

/**
 * An action as it is offered to the agent, for the test to look at.
 */
public final class ExpectedAction {

	private final Statement statement;

	private final ActionDescriptor action;

	ExpectedAction(ActionDescriptor action) {
		this.statement = new Statement("Action " + action.name() + " as it is offered");
		this.action = action;
	}

	/**
	 * Expect a description.
	 * @param expected the text that a model is told
	 * @return this
	 */
	public ExpectedAction description(String expected) {
		this.statement.require(Objects.equals(this.action.description(), expected), Statement.of(expected),
				Statement.of(this.action.description()));
		return this;
	}

	/**
	 * Expect these arguments and no others.
	 * @param names their names
	 * @return this
	 */
	public ExpectedAction arguments(String... names) {
		return names("arguments", "properties", names);
	}

	/**
	 * Expect these arguments and no others to be required.
	 * @param names their names
	 * @return this
	 */
	public ExpectedAction requiredArguments(String... names) {
		return names("required arguments", "required", names);
	}

	private ExpectedAction names(String what, String keyword, String... names) {
		Map<String, Object> input = this.action.input();
		Object found = (input != null) ? input.get(keyword) : null;
		Set<String> present = new TreeSet<>();
		if (found instanceof Map<?, ?> map) {
			map.keySet().forEach((name) -> present.add(String.valueOf(name)));
		}
		else if (found instanceof List<?> list) {
			list.forEach((name) -> present.add(String.valueOf(name)));
		}
		Set<String> expected = new TreeSet<>(List.of(names));
		this.statement.require(present.equals(expected), "the " + what + " " + expected, present.toString());
		return this;
	}

	/**
	 * Expect the action to say that it changes nothing.
	 * @return this
	 */
	public ExpectedAction isReadOnly() {
		return hint(this.action.hints().readOnly(), "read-only");
	}

	/**
	 * Expect the action to say that it may run twice.
	 * @return this
	 */
	public ExpectedAction isIdempotent() {
		return hint(this.action.hints().idempotent(), "idempotent");
	}

	/**
	 * Expect the action to say that it may destroy something.
	 * @return this
	 */
	public ExpectedAction isDestructive() {
		return hint(this.action.hints().destructive(), "destructive");
	}

	/**
	 * Expect the action to say that it has to be approved.
	 * @return this
	 */
	public ExpectedAction needsApproval() {
		return hint(this.action.hints().approval(), "subject to approval");
	}

	private ExpectedAction hint(boolean holds, String expected) {
		this.statement.require(holds, "an action that is " + expected, this.action.hints().toString());
		return this;
	}

	/**
	 * Expect the description to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if it does not
	 * @return this
	 */
	public ExpectedAction satisfies(Consumer<? super ActionDescriptor> assertions) {
		this.statement.satisfies(this.action, assertions);
		return this;
	}

	/**
	 * The description itself, with the schemas.
	 * @return the descriptor
	 */
	public ActionDescriptor get() {
		return this.action;
	}

}
