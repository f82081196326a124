package io.agentsocket.protocol;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Checks the arguments of builders. A message has the name of the argument, its value and
 * what is expected: {@code helloTimeout: PT0S (expected: longer than 0)}.
 */
@Internal
public final class Expect {

	/** Bytes of the smallest limit on messages that a side may tell its peer. */
	public static final int MIN_MESSAGE = 8 * 1024;

	private Expect() {
	}

	/**
	 * Check for something that must be there.
	 * @param name name of the argument
	 * @param value its value
	 * @param <T> its type
	 * @return the value
	 */
	public static <T> T present(String name, @Nullable T value) {
		if (value == null) {
			throw new IllegalArgumentException(name + ": null (expected: a value)");
		}
		return value;
	}

	/**
	 * Check a time that must be longer than 0.
	 * @param name name of the argument
	 * @param value its value
	 * @return the value, or a century when it is longer
	 */
	public static Duration positive(String name, Duration value) {
		require(!present(name, value).isZero() && !value.isNegative(), name, value, "longer than 0");
		return bounded(value);
	}

	/**
	 * Check a time that may be 0.
	 * @param name name of the argument
	 * @param value its value
	 * @return the value, or a century when it is longer
	 */
	public static Duration notNegative(String name, Duration value) {
		require(!present(name, value).isNegative(), name, value, "0 or longer");
		return bounded(value);
	}

	/**
	 * Limit a time to the range of clocks and timers. "For ever" is often written as the
	 * longest time that a type can hold, which no clock of nanoseconds can, nor one that
	 * it is added to.
	 * @param time a time of any length
	 * @return the time, or a century when it is longer
	 */
	public static Duration bounded(Duration time) {
		Duration longest = Duration.ofDays(36_500);
		return (time.compareTo(longest) < 0) ? time : longest;
	}

	/**
	 * Check a number of bytes.
	 * @param name name of the argument
	 * @param value its value
	 * @return the value
	 */
	public static long notNegative(String name, long value) {
		require(value >= 0, name, value, "0 or more");
		return value;
	}

	/**
	 * Check a number.
	 * @param name name of the argument
	 * @param value its value
	 * @param least the lowest that is expected
	 * @return the value
	 */
	public static int atLeast(String name, int value, int least) {
		require(value >= least, name, value, "at least " + least);
		return value;
	}

	/**
	 * Check limits that are told to the peer, which refuses a smaller message than
	 * section 6 of {@code docs/protocol.md} allows.
	 * @param name name of the argument
	 * @param value its value
	 * @return the value
	 */
	public static Limits told(String name, @Nullable Limits value) {
		Limits limits = present(name, value);
		require(limits.message() >= MIN_MESSAGE, name + ".message", limits.message(),
				"at least " + MIN_MESSAGE + " bytes");
		return limits;
	}

	/**
	 * Check any condition.
	 * @param condition whether the rule holds
	 * @param name name of the argument
	 * @param value its value
	 * @param expected the rule in words
	 * @throws IllegalArgumentException if the condition does not hold
	 */
	public static void require(boolean condition, String name, @Nullable Object value, String expected) {
		if (!condition) {
			throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
		}
	}

}
