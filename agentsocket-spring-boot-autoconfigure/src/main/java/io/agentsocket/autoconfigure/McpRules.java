package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The rules for the MCP endpoint.
 */
final class McpRules {

	private static final String PREFIX = "agentsocket.mcp.";

	private static final Pattern PATH = Pattern.compile("/[^\\s*?{}#]*");

	/** More subscriptions and parked calls than one process has memory for. */
	private static final int MOST = 1_000_000;

	private final List<PropertyRule<?>> rules;

	/**
	 * Create rules.
	 * @param rules where they are added
	 */
	McpRules(List<PropertyRule<?>> rules) {
		this.rules = rules;
	}

	void add() {
		this.rules.add(PropertyRule.of(PREFIX + "path", (all) -> all.mcp().path(),
				(path) -> PATH.matcher(path).matches() && path.length() > 1,
				"It must start with '/' and a name, and have no wildcards, variables and spaces.", "/mcp"));
		text("name", McpProperties::name, (name) -> !name.isBlank(), "It must not be blank.", "weather");
		text("version", McpProperties::version, (version) -> version.length() <= 64,
				"It must have at most 64 characters.", "1.0.0");
		text("instructions", McpProperties::instructions, (instructions) -> instructions.length() <= 16_384,
				"It must have at most 16384 characters.", "Ask for the city first.");
		this.rules.add(PropertyRule.size(PREFIX + "max-request-size", (all) -> all.mcp().maxRequestSize(), "1KB",
				"64MB", "1MB"));
		this.rules.add(PropertyRule.size(PREFIX + "max-result-size", (all) -> all.mcp().maxResultSize(), "1KB", "64MB",
				"1MB"));
		time("call-timeout", McpProperties::callTimeout, "15m");
		time("parked-timeout", McpProperties::parkedTimeout, "6m");
		time("keep-alive", McpProperties::keepAlive, "5s");
		count("max-parked-calls", McpProperties::maxParkedCalls, "1000");
		count("max-subscriptions", McpProperties::maxSubscriptions, "1000");
	}

	/**
	 * Look for another endpoint at the path.
	 * @param properties the properties
	 * @param fits tells of a property whether its value is right by itself
	 * @param written the properties as they were written
	 * @param mistakes gets the broken rules
	 */
	static void checkPath(AgentSocketProperties properties, Predicate<String> fits, WrittenProperties written,
			List<PropertyMistake> mistakes) {
		String path = PREFIX + "path";
		String other = "agentsocket.server.path";
		if (properties.mcp().enabled() && fits.test(path) && fits.test(other)
				&& properties.mcp().path().equals(properties.server().path())) {
			boolean blamed = written.isSet(path) || !written.isSet(other);
			mistakes.add(written.mistake(blamed ? path : other, properties.mcp().path(),
					"The endpoint of MCP and the one of agents have the same path: one of them would not be reached.",
					"Change it, or set " + (blamed ? other : path) + " to another path."));
		}
	}

	private void text(String name, Function<McpProperties, @Nullable String> value, Predicate<String> fits, String rule,
			String example) {
		this.rules.add(PropertyRule.of(PREFIX + name, (all) -> value.apply(all.mcp()), fits, rule, example));
	}

	private void time(String name, Function<McpProperties, Duration> value, String example) {
		this.rules
			.add(PropertyRule.time(PREFIX + name, (all) -> value.apply(all.mcp()), Duration.ofMillis(100), example));
	}

	private void count(String name, Function<McpProperties, Integer> value, String example) {
		this.rules.add(PropertyRule.count(PREFIX + name, (all) -> value.apply(all.mcp()), 0, MOST, example));
	}

}
