package com.example.benchmark;

import java.util.ArrayList;
import java.util.List;

/**
 * How a contestant is driven: a number of connections with a number of calls in flight on
 * each, where the next call starts when one has ended.
 *
 * @param key its name in options and in the JSON file
 * @param title its name in the table
 * @param connections how many connections
 * @param inFlight calls or streams in flight on each connection
 * @param streams whether streams of tokens are asked for, and tokens are counted
 * @param argumentBytes length of the arguments in addition to the ordinary ones
 * @param latency whether the time of each call is recorded
 * @param resultBytes length of the text that is asked for, or 0 for the ordinary call
 */
public record Scenario(String key, String title, int connections, int inFlight, boolean streams, int argumentBytes,
		boolean latency, int resultBytes) {

	private static final String ARGUMENTS = "arguments";

	private static final String RESULTS = "results";

	private static final int LARGE = 64 * 1024;

	/** A payload may have 1 MiB by default, with what is around this text. */
	private static final int LARGEST = 1024 * 1024 - 1024;

	/** Latency, and the throughput of a caller that waits for each answer. */
	public static final Scenario ONE = calls("one", "1 call in flight", 1, 1);

	/** A single connection that is busy. */
	public static final Scenario BUSY = calls("calls-64", "64 in flight, one connection", 1, 64);

	static Scenario calls(String key, String title, int connections, int inFlight) {
		return new Scenario(key, title, connections, inFlight, false, 0, inFlight == 1, 0);
	}

	/** Many connections that are all in use. */
	static Scenario connections(int connections) {
		return new Scenario("calls-" + connections + "x1", String.format("%,d connections x 1 in flight", connections),
				connections, 1, false, 0, false, 0);
	}

	static Scenario streams(String key, String title, int inFlight) {
		return new Scenario(key, title, 1, inFlight, true, 0, false, 0);
	}

	/** Large arguments, and large results, with 1 and 16 in flight. */
	static List<Scenario> large() {
		List<Scenario> scenarios = new ArrayList<>();
		for (String side : List.of(ARGUMENTS, RESULTS)) {
			for (int bytes : new int[] { LARGE, LARGEST }) {
				for (int inFlight : new int[] { 1, 16 }) {
					String size = (bytes == LARGE) ? "64k" : "1m";
					boolean arguments = side.equals(ARGUMENTS);
					scenarios.add(new Scenario(side + "-" + size + "-" + inFlight,
							side + " of " + ((bytes == LARGE) ? "64 KB" : "1 MiB") + ", " + inFlight + " in flight", 1,
							inFlight, false, arguments ? bytes : 0, false, arguments ? 0 : bytes));
				}
			}
		}
		return scenarios;
	}

	/** Whether it is one of {@link #large()}. */
	boolean isLarge() {
		return isLarge(this.key);
	}

	static boolean isLarge(String key) {
		return key.startsWith(ARGUMENTS + "-") || key.startsWith(RESULTS + "-");
	}

	/**
	 * This scenario with larger arguments.
	 * @param bytes length of the arguments in addition to the ordinary ones
	 * @return a scenario of its own
	 */
	Scenario withArguments(int bytes) {
		return new Scenario(this.key + "-" + bytes, this.title + ", arguments of " + bytes + " bytes more",
				this.connections, this.inFlight, this.streams, bytes, this.latency, 0);
	}

	/**
	 * Text that a child process reads back with {@link #parse(String)}.
	 * @return one word
	 */
	String encode() {
		return this.key + "," + this.connections + "," + this.inFlight + "," + this.streams + "," + this.argumentBytes
				+ "," + this.latency + "," + this.resultBytes;
	}

	static Scenario parse(String encoded) {
		String[] parts = encoded.split(",");
		return new Scenario(parts[0], parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]),
				Boolean.parseBoolean(parts[3]), Integer.parseInt(parts[4]), Boolean.parseBoolean(parts[5]),
				Integer.parseInt(parts[6]));
	}

}
