package io.agentsocket.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentsocket.annotation.Internal;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Checks the properties, so that who starts the application learns of all mistakes at
 * once.
 */
@Internal
public final class PropertyChecks {

	private static final String PREFIX = "agentsocket.server.";

	/** Everybody, sandboxed pages, or scheme, host (with wildcards) and port. */
	private static final Pattern ORIGIN = Pattern.compile("\\*|null|(?!wss?:)[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+/?");

	private static final Pattern HOST = Pattern.compile("(\\*\\.)?[^\\s:/*]+|\\[[0-9a-fA-F:.]+]");

	private PropertyChecks() {
	}

	/**
	 * Check all properties of the endpoint and of sessions.
	 * @param properties the properties
	 * @throws InvalidConfigurationPropertyValueException if one property has a wrong
	 * value
	 * @throws InvalidPropertiesException if several have
	 */
	public static void check(AgentSocketProperties properties) {
		Server server = properties.server();
		AgentSocketProperties.Session session = properties.session();
		List<Runnable> rules = List.of(() -> PropertyRules.limits(server.limits()), () -> path(properties),
				() -> check("allowed-origins", server.allowedOrigins()),
				() -> check("allowed-origin-patterns", server.allowedOriginPatterns()), () -> checkHosts(server),
				() -> positive("hello-timeout", server.helloTimeout()),
				() -> positive("keep-alive", server.keepAlive()),
				() -> positive("keep-alive-timeout", server.keepAliveTimeout()),
				() -> positive("stall-timeout", server.stallTimeout()),
				() -> positive("max-connection-age", server.maxConnectionAge()),
				() -> PropertyRules.notNegative(PREFIX + "drain-timeout", server.drainTimeout()),
				() -> PropertyRules.notNegative(PREFIX + "drain-spread", server.drainSpread()),
				() -> checkSessions(server),
				() -> PropertyRules.notNegative("agentsocket.session.idle-timeout", session.idleTimeout()),
				() -> PropertyRules.positive("agentsocket.session.max-age", session.maxAge()));
		List<InvalidConfigurationPropertyValueException> mistakes = new ArrayList<>();
		for (Runnable rule : rules) {
			try {
				rule.run();
			}
			catch (InvalidConfigurationPropertyValueException ex) {
				mistakes.add(ex);
			}
		}
		if (mistakes.size() == 1) {
			throw mistakes.get(0);
		}
		if (!mistakes.isEmpty()) {
			throw new InvalidPropertiesException(mistakes);
		}
	}

	private static void positive(String name, Duration value) {
		PropertyRules.positive(PREFIX + name, value);
	}

	private static void checkSessions(Server server) {
		if (server.maxSessions() < 1) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + "max-sessions", server.maxSessions(),
					"It must be at least 1.");
		}
	}

	/** The deepest nesting of payloads; the first thing that is asked for. */
	static int depth(AgentSocketProperties properties) {
		check(properties);
		return properties.server().limits().depth();
	}

	private static void checkHosts(Server server) {
		List<String> wrong = server.allowedHosts().stream().filter((host) -> !HOST.matcher(host).matches()).toList();
		if (!wrong.isEmpty()) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + "allowed-hosts", wrong,
					"Each must be the name of a host without scheme and port, such as agents.example.com, "
							+ "or *. and a domain.");
		}
	}

	/** An origin without a scheme would never match. */
	private static void check(String name, List<String> origins) {
		List<String> wrong = origins.stream().filter((origin) -> !ORIGIN.matcher(origin).matches()).toList();
		if (!wrong.isEmpty()) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + name, wrong,
					"An origin has a scheme, a host and at most a port, and no path: write "
							+ wrong.stream().map(PropertyChecks::origin).collect(Collectors.joining(", ")) + ".");
		}
	}

	/** The value that was probably meant. */
	private static String origin(String wrong) {
		String host = wrong.replaceFirst("^[a-zA-Z]*:?//", "").replaceFirst("/.*", "");
		String scheme = wrong.startsWith("http://") || wrong.startsWith("ws://") ? "http" : "https";
		return scheme + "://" + (host.isEmpty() ? "example.com" : host);
	}

	/**
	 * The path of the endpoint.
	 * @param properties the properties
	 * @return the path, which starts with a slash
	 */
	public static String path(AgentSocketProperties properties) {
		String path = properties.server().path();
		if (!path.startsWith("/") || path.contains("*")) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + "path", path,
					"It must start with '/' and have no wildcards.");
		}
		return path;
	}

}
