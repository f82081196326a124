package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * The rule for the value of one property by itself.
 *
 * @param <T> type of the value
 * @param property name of the property
 * @param value takes the value out of the properties; null when it is not set
 * @param broken describes the mistake in a value: a sentence, or {@code null} for nothing
 * @param example a value that fits
 */
record PropertyRule<T>(String property, Value<AgentSocketProperties, T> value, Function<T, @Nullable String> broken,
		String example) {

	/** Longer times overflow somewhere, and nobody waits for them. */
	private static final Duration LONGEST = Duration.ofDays(3650);

	/**
	 * A rule that a predicate decides.
	 * @param text the rule, a sentence
	 */
	static <T> PropertyRule<T> of(String property, Value<AgentSocketProperties, T> value, Predicate<T> fits,
			String text, String example) {
		return new PropertyRule<>(property, value, (given) -> fits.test(given) ? null : text, example);
	}

	/**
	 * A time with a lower bound.
	 * @param least the shortest time
	 */
	static PropertyRule<Duration> time(String property, Value<AgentSocketProperties, Duration> value, Duration least,
			String example) {
		return of(property, value, (time) -> time.compareTo(least) >= 0 && time.compareTo(LONGEST) <= 0,
				"It must be a time from " + text(least) + " to 3650d.", example);
	}

	private static String text(Duration time) {
		return time.isZero() ? "0" : (time.toMillis() < 1000) ? time.toMillis() + "ms" : time.toSeconds() + "s";
	}

	/** A number with bounds. */
	static PropertyRule<Integer> count(String property, Value<AgentSocketProperties, Integer> value, int least,
			int most, String example) {
		return of(property, value, (count) -> count >= least && count <= most,
				"It must be a number from " + least + " to " + most + ".", example);
	}

	/** A size with bounds. */
	static PropertyRule<DataSize> size(String property, Value<AgentSocketProperties, DataSize> value, String least,
			String most, String example) {
		DataSize min = DataSize.parse(least);
		DataSize max = DataSize.parse(most);
		return of(property, value, (size) -> size.compareTo(min) >= 0 && size.compareTo(max) <= 0,
				"It must be a size from " + least + " to " + most + ".", example);
	}

	/**
	 * Look at the value. A rule that throws must not hide the mistakes of others.
	 * @param properties the properties
	 * @return the sentence that describes the mistake, or {@code null}
	 */
	@Nullable String check(AgentSocketProperties properties) {
		T present = this.value.of(properties);
		try {
			return (present != null) ? this.broken.apply(present) : null;
		}
		catch (RuntimeException ex) {
			return "It cannot be checked: " + ex + ".";
		}
	}

	/**
	 * Takes a value out of properties.
	 *
	 * @param <S> type of the properties
	 * @param <T> type of the value
	 */
	@FunctionalInterface
	interface Value<S, T> {

		/** The value; null when it is not set. */
		@Nullable T of(S source);

	}

}
