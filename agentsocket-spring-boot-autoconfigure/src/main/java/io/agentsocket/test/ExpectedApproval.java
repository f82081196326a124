package io.agentsocket.test;

import java.util.Objects;
import java.util.function.Consumer;

import io.agentsocket.action.ApprovalRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/**
 * A request for permission that waits for the test to decide on it.
 */
public final class ExpectedApproval {

	private final Statement statement;

	private final ApprovalRequest request;

	private final Sinks.One<Boolean> decision;

	ExpectedApproval(Statement statement, ApprovalRequest request, Sinks.One<Boolean> decision) {
		this.statement = statement;
		this.request = request;
		this.decision = decision;
	}

	/**
	 * Expect the person to be shown an argument.
	 * @param name name of the argument
	 * @param expected its value, as decoded without a type
	 * @return this
	 */
	public ExpectedApproval argument(String name, @Nullable Object expected) {
		Object found = this.request.arguments().get(name);
		this.statement.require(Objects.equals(found, expected),
				"a request for approval with " + name + "=" + Statement.of(expected),
				"one with " + this.request.arguments());
		return this;
	}

	/**
	 * Expect the request to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if it does not
	 * @return this
	 */
	public ExpectedApproval satisfies(Consumer<? super ApprovalRequest> assertions) {
		this.statement.satisfies(this.request, assertions);
		return this;
	}

	/** Let the action run. */
	public void approve() {
		this.decision.tryEmitValue(Boolean.TRUE);
	}

	/** Do not let the action run. */
	public void decline() {
		this.decision.tryEmitValue(Boolean.FALSE);
	}

	/**
	 * The request itself.
	 * @return the request, with the arguments of the action
	 */
	public ApprovalRequest get() {
		return this.request;
	}

}
