package io.agentsocket.test;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * A value that came, for the test to look at.
 *
 * @param <T> its type
 */
public final class ExpectedValue<T> {

	private final Statement statement;

	private final T value;

	ExpectedValue(Statement statement, T value) {
		this.statement = statement;
		this.value = value;
	}

	/**
	 * Expect the value to equal another one.
	 * @param expected the other one
	 * @return this
	 */
	public ExpectedValue<T> isEqualTo(T expected) {
		this.statement.require(Objects.deepEquals(this.value, expected), Statement.of(expected),
				Statement.of(this.value));
		return this;
	}

	/**
	 * Expect the value to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if it does not
	 * @return this
	 */
	public ExpectedValue<T> satisfies(Consumer<? super T> assertions) {
		this.statement.satisfies(this.value, assertions);
		return this;
	}

	/**
	 * The value itself.
	 * @return the value
	 */
	public T get() {
		return this.value;
	}

}
