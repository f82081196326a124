package io.agentsocket.test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The items of an invocation that has ended without an error, for the test to look at.
 *
 * @param <T> type of an item
 */
public final class ExpectedItems<T> {

	private final Statement statement;

	private final List<T> items;

	ExpectedItems(Statement statement, List<T> items) {
		this.statement = statement;
		this.items = List.copyOf(items);
	}

	/**
	 * Expect these items and no others, in this order.
	 * @param expected the items
	 * @return this
	 */
	@SafeVarargs
	public final ExpectedItems<T> containsExactly(T... expected) {
		List<T> all = new ArrayList<>();
		for (T item : expected) {
			all.add(item);
		}
		this.statement.require(this.items.equals(all), Statement.of(all), Statement.of(this.items));
		return this;
	}

	/**
	 * Expect a number of items.
	 * @param expected the number
	 * @return this
	 */
	public ExpectedItems<T> hasSize(int expected) {
		this.statement.require(this.items.size() == expected, expected + " items",
				this.items.size() + ": " + Statement.of(this.items));
		return this;
	}

	/**
	 * Expect the items to pass assertions of the test, such as those of AssertJ.
	 * @param assertions throw an {@code AssertionError} if they do not
	 * @return this
	 */
	public ExpectedItems<T> satisfies(Consumer<? super List<T>> assertions) {
		this.statement.satisfies(this.items, assertions);
		return this;
	}

	/**
	 * The items themselves.
	 * @return the items in their order
	 */
	public List<T> get() {
		return this.items;
	}

}
