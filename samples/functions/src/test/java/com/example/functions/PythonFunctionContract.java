package com.example.functions;

import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The function in Python behind a pod does the same in every server that runs it.
 */
interface PythonFunctionContract {

	/**
	 * The pod before the function.
	 */
	TestRelay relay();

	@Test
	default void stateIsThatOfTheSession() {
		assertThat(relay().call("cart.add", Map.of("article", "apple"), Integer.class)).isEqualTo(1);
		assertThat(relay().call("cart.add", Map.of("article", "pear"), Integer.class)).isEqualTo(2);
	}

	@Test
	default void questionIsAskedWithoutTheFunction() {
		assertThat(relay().call("trip.book", Map.of("to", "Paris"), String.class)).isEqualTo("Paris on 2027-03-01");
	}

}
