package io.agentsocket.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.autoconfigure.AgentSocketProperties.Bounds;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * The rules for the bounds of a server.
 */
final class BoundRules {

	private static final String PREFIX = "agentsocket.server.bounds.";

	private static final String BUCKET4J = "com.bucket4j:bucket4j_jdk17-core";

	private static final boolean BUCKET4J_PRESENT = ClassUtils.isPresent("io.github.bucket4j.Bucket",
			BoundRules.class.getClassLoader());

	/** Most invocations a second and threads: no machine has more. */
	private static final int MAX_RATE = 1_000_000;

	private final List<PropertyRule<?>> rules;

	/**
	 * Create rules.
	 * @param rules where they are added
	 */
	BoundRules(List<PropertyRule<?>> rules) {
		this.rules = rules;
	}

	void add() {
		count("connections", Bounds::connections, "60000");
		count("handshakes", Bounds::handshakes, "2000");
		count("handshakes-per-address", Bounds::handshakesPerAddress, "200");
		count("sessions-per-principal", Bounds::sessionsPerPrincipal, "5000");
		count("sessions-per-address", Bounds::sessionsPerAddress, "5000");
		count("invocations-per-principal", Bounds::invocationsPerPrincipal, "10000");
		count("invocations-per-address", Bounds::invocationsPerAddress, "10000");
		this.rules.add(new PropertyRule<>(PREFIX + "invocations-per-second",
				(all) -> all.server().bounds().invocationsPerSecond(), BoundRules::rate, "100"));
		this.rules.add(new PropertyRule<>(PREFIX + "tool-invocations-per-second",
				(all) -> all.server().bounds().toolInvocationsPerSecond(), BoundRules::rates, "search=100"));
		this.rules.add(PropertyRule.count(PREFIX + "tool-threads", (all) -> all.server().bounds().toolThreads(), 1,
				MAX_RATE, "8"));
		this.rules.add(PropertyRule.size(PREFIX + "session-memory", (all) -> all.server().bounds().sessionMemory(),
				"1MB", "1024GB", "16MB"));
		this.rules.add(PropertyRule.size(PREFIX + "memory", (all) -> all.server().bounds().memory(), "8MB", "1024GB",
				"256MB"));
	}

	private void count(String name, Function<Bounds, Integer> value, String example) {
		this.rules.add(PropertyRule.count(PREFIX + name, (all) -> value.apply(all.server().bounds()), 1,
				Integer.MAX_VALUE, example));
	}

	private static @Nullable String rates(Map<String, Integer> rates) {
		for (Integer rate : rates.values()) {
			String broken = rate(rate);
			if (broken != null) {
				return broken;
			}
		}
		return null;
	}

	private static @Nullable String rate(int rate) {
		if (rate < 1 || rate > MAX_RATE) {
			return "It must be a number from 1 to " + MAX_RATE + ".";
		}
		return BUCKET4J_PRESENT ? null : "It needs " + BUCKET4J + " on the class path.";
	}

}
