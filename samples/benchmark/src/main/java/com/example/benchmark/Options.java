package com.example.benchmark;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Choice of measurements, from system properties that start with {@code bench.}; an empty
 * one is the same as none.
 *
 * @param contestants which ones; the raw echo is always one of them
 * @param scenarios which ones
 * @param rounds how often each contestant has its turn in each scenario
 * @param round how long a turn takes
 * @param warmUp how long each contestant runs at most before the first round
 * @param sizes lengths of arguments, in addition to the ordinary ones, to measure too
 * @param connections numbers of connections to measure too, each with 1 call in flight
 * @param idle number of idle connections, or 0 to leave them out
 * @param pin whether to give server and client a core each
 * @param spin whether to keep the cores from halting
 * @param serverJvm arguments of the servers' JVMs in addition
 * @param clientJvm arguments of the clients' JVMs in addition
 */
record Options(List<String> contestants, List<String> scenarios, int rounds, Duration round, Duration warmUp,
		List<Integer> sizes, List<Integer> connections, int idle, boolean pin, boolean spin, List<String> serverJvm,
		List<String> clientJvm) {

	static Options ofSystemProperties() {
		return new Options(list("contestants"), list("scenarios"), Integer.parseInt(text("rounds").orElse("4")),
				seconds("seconds", "0.7"), seconds("warmup", "45"),
				list("sizes").stream().map(Integer::valueOf).toList(),
				list("connections").stream().map(Integer::valueOf).toList(),
				Integer.parseInt(text("idle").orElse("5000")), Boolean.parseBoolean(text("pin").orElse("true")),
				Boolean.parseBoolean(text("spin").orElse("true")), words("server-jvm"), words("client-jvm"));
	}

	/**
	 * How long a measurement takes that is longer than a turn.
	 * @param byDefault seconds when nothing is said
	 * @return the time
	 */
	static Duration seconds(String byDefault) {
		return seconds("seconds", byDefault);
	}

	/**
	 * A number that a mode has by itself.
	 * @param name its name, without {@code bench.}
	 * @param byDefault the number when nothing is said
	 * @return the number
	 */
	static int number(String name, int byDefault) {
		return text(name).map(Integer::parseInt).orElse(byDefault);
	}

	/** Whether all contestants take part, of whom each has less time. */
	boolean isWhole() {
		return this.contestants.isEmpty();
	}

	/**
	 * The contestants that take part.
	 * @param redis without one, those that need it do not
	 */
	List<Entry> entries(Redis redis) {
		List<String> known = Entry.ALL.stream().map(Entry::key).toList();
		List<String> unknown = this.contestants.stream().filter((name) -> !known.contains(name)).toList();
		if (!unknown.isEmpty()) {
			throw new IllegalArgumentException(
					"There is no contestant " + String.join(", ", unknown) + " but: " + String.join(", ", known));
		}
		return Entry.ALL.stream()
			.filter((entry) -> !entry.redis() || redis.isThere())
			.filter((entry) -> entry.key().equals(Entry.BASE) || (isWhole() && entry.isDefault())
					|| this.contestants.contains(entry.key()))
			.toList();
	}

	private static Optional<String> text(String name) {
		return Optional.ofNullable(System.getProperty("bench." + name))
			.filter((value) -> !value.isBlank())
			.map(String::trim);
	}

	private static List<String> list(String name) {
		return text(name).stream().flatMap((value) -> Arrays.stream(value.split(","))).map(String::trim).toList();
	}

	private static List<String> words(String name) {
		return text(name).stream().flatMap((value) -> Stream.of(value.split(" +"))).toList();
	}

	private static Duration seconds(String name, String byDefault) {
		return Duration.ofMillis((long) (Double.parseDouble(text(name).orElse(byDefault)) * 1000));
	}

}
