package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentsocket.autoconfigure.AgentSocketProperties.Limits;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;
import io.agentsocket.autoconfigure.AgentSocketProperties.Session;
import io.agentsocket.autoconfigure.PropertyRule.Value;
import io.agentsocket.client.ServerUris;
import org.jspecify.annotations.Nullable;

/**
 * The rules for the values of all properties, each one by itself and together with
 * others. The types of properties are checked where they are bound.
 */
final class PropertyChecks {

	private static final String SERVER = "agentsocket.server.";

	private static final String SESSION = "agentsocket.session.";

	private static final String CLIENT = "agentsocket.client.";

	private static final String LIMITS = "limits.";

	private static final Duration MILLISECOND = Duration.ofMillis(1);

	/** Everybody, sandboxed pages, or scheme, host (with wildcards) and port. */
	private static final Pattern ORIGIN = Pattern.compile("\\*|null|(?!wss?:)[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+/?");

	private static final Pattern HOST = Pattern.compile("(\\*\\.)?[^\\s:/*]+|\\[[0-9a-fA-F:.]+]");

	private static final Pattern PATH = Pattern.compile("/[^\\s*?{}#]*");

	/** Keys of a cluster are hashed by the text between braces. */
	private static final Pattern NAMESPACE = Pattern.compile("(?=.*\\S)[^{}]{1,128}");

	/** A name of an action, or a beginning of one. */
	private static final Pattern EXCLUDED = Pattern.compile("[^\\s*]*\\*|[^\\s*]+");

	/** Visible characters of ASCII: others cannot stand in a header. */
	private static final Pattern TOKEN = Pattern.compile("[!-~]*");

	private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

	private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~\\x80-\\xff]*");

	/** Headers of the upgrade itself. */
	private static final Pattern UPGRADE = Pattern.compile("(?i)connection|upgrade|sec-websocket-.*");

	private final List<PropertyRule<?>> rules = new ArrayList<>();

	private final Supplier<Set<String>> codecs;

	private final Supplier<Set<String>> bundles;

	private final MissingLibraries libraries;

	/**
	 * Create checks.
	 * @param codecs gives the names of the codecs that there are, empty when they are not
	 * known yet
	 * @param bundles gives the names of the SSL bundles that there are
	 * @param isPresent tells whether a class is on the class path
	 */
	PropertyChecks(Supplier<Set<String>> codecs, Supplier<Set<String>> bundles, Predicate<String> isPresent) {
		this.codecs = codecs;
		this.bundles = bundles;
		this.libraries = new MissingLibraries(isPresent);
		this.rules
			.add(PropertyRule.time("agentsocket.ask-timeout", AgentSocketProperties::askTimeout, MILLISECOND, "5m"));
		addServer();
		new McpRules(this.rules).add();
		addRelay();
		addFunction();
		addSession();
		addClient();
	}

	private void addServer() {
		server("path", Server::path, (path) -> PATH.matcher(path).matches(),
				"It must start with '/' and have no wildcards, variables and spaces.", "/agentsocket");
		this.rules.add(new PropertyRule<>(SERVER + "allowed-origins", (all) -> all.server().allowedOrigins(),
				PropertyChecks::origins, "https://app.example.com"));
		this.rules.add(new PropertyRule<>(SERVER + "allowed-origin-patterns",
				(all) -> all.server().allowedOriginPatterns(), PropertyChecks::origins, "https://*.example.com"));
		server("allowed-hosts", Server::allowedHosts,
				(hosts) -> hosts.stream().allMatch((host) -> HOST.matcher(host).matches()),
				"Each must be the name of a host without scheme and port, such as agents.example.com, or *. and a "
						+ "domain.",
				"agents.example.com");
		serverTime("hello-timeout", Server::helloTimeout, MILLISECOND, "5s");
		// The protocol allows no shorter one: agents close a connection with more pings.
		serverTime("keep-alive", Server::keepAlive, Duration.ofSeconds(1), "25s");
		serverTime("keep-alive-timeout", Server::keepAliveTimeout, MILLISECOND, "10s");
		serverTime("stall-timeout", Server::stallTimeout, MILLISECOND, "60s");
		serverTime("close-timeout", Server::closeTimeout, MILLISECOND, "5s");
		serverTime("max-connection-age", Server::maxConnectionAge, MILLISECOND, "2h");
		serverTime("drain-timeout", Server::drainTimeout, Duration.ZERO, "10s");
		serverTime("drain-spread", Server::drainSpread, Duration.ZERO, "5s");
		this.rules.add(PropertyRule.count(SERVER + "max-sessions", (all) -> all.server().maxSessions(), 1,
				Integer.MAX_VALUE, "50000"));
		this.rules
			.add(new PropertyRule<>(SERVER + "codecs", (all) -> all.server().codecs(), this::codecs, "cbor,json"));
		new BoundRules(this.rules).add();
		addLimits(SERVER + LIMITS, (all) -> all.server().limits());
		this.rules
			.add(PropertyRule.count(SERVER + "limits.depth", (all) -> all.server().limits().depth(), 4, 500, "32"));
	}

	private <T> void server(String name, Value<Server, T> value, Predicate<T> fits, String rule, String example) {
		this.rules.add(PropertyRule.of(SERVER + name, (all) -> value.of(all.server()), fits, rule, example));
	}

	private void serverTime(String name, Function<Server, Duration> value, Duration least, String example) {
		this.rules.add(PropertyRule.time(SERVER + name, (all) -> value.apply(all.server()), least, example));
	}

	private void addRelay() {
		String callback = "agentsocket.relay.callback.";
		this.rules.add(PropertyRule.of(callback + "url", (all) -> all.relay().callback().url(),
				(url) -> url.getHost() != null && url.toString().matches("(?i)https?://[^/?#@]+/?"),
				"It must be an address with http or https and a host, without credentials and path.",
				"https://pods.example.com"));
		this.rules.add(PropertyRule.of(callback + "path", (all) -> all.relay().callback().path(),
				(path) -> PATH.matcher(path).matches() && !path.endsWith("/"),
				"It must start with '/', not end with it, and have no wildcards, variables and spaces.",
				"/agentsocket/functions"));
		this.rules.add(PropertyRule.of(callback + "secret", (all) -> all.relay().callback().secret(),
				(secret) -> secret.length() >= 32, "It must have at least 32 characters.",
				"the output of: openssl rand -base64 32"));
		this.rules.add(PropertyRule.of(callback + "ttl", (all) -> all.relay().callback().ttl(),
				(ttl) -> ttl.toSeconds() >= 1 && ttl.toMinutes() <= 15, "It must be a time from 1s to 15m.", "15m"));
	}

	private void addFunction() {
		this.rules.add(PropertyRule.of("agentsocket.function.path", (all) -> all.function().path(),
				(path) -> PATH.matcher(path).matches() && !path.endsWith("/"),
				"It must start with '/', not end with it, and have no wildcards, variables and spaces.", "/function"));
		this.rules.add(PropertyRule.of("agentsocket.function.heartbeat", (all) -> all.function().heartbeat(),
				(time) -> time.toMillis() >= 100 && time.toMillis() <= 5000,
				"It must be a time from 100ms to 5s: a relay waits for 10s.", "5s"));
		this.rules.add(PropertyRule.of("agentsocket.function.body-memory", (all) -> all.function().bodyMemory(),
				(size) -> size.toMegabytes() >= 1, "It must be at least 1MB: that of one request.", "64MB"));
		this.rules.add(
				PropertyRule
					.of("agentsocket.function.secrets", (all) -> all.function().secrets(),
							(secrets) -> secrets.stream().allMatch(FunctionChecks::isSecret),
							"A secret is whsec_ and base64, with padding, of 24 to 64 random bytes: "
									+ "echo whsec_$(openssl rand -base64 32).",
							"whsec_cHV0LTMyLXJhbmRvbS1ieXRlcy1oZXJl"));
	}

	private void addSession() {
		sessionTime("idle-timeout", Session::idleTimeout, Duration.ZERO, "120s");
		sessionTime("unconfirmed-timeout", Session::unconfirmedTimeout, Duration.ZERO, "10s");
		sessionTime("max-age", Session::maxAge, MILLISECOND, "24h");
		sessionTime("pod-timeout", Session::podTimeout, Duration.ofSeconds(1), "5s");
		this.rules.add(PropertyRule.of(SESSION + "redis.namespace", (all) -> all.session().redis().namespace(),
				(namespace) -> NAMESPACE.matcher(namespace).matches(),
				"It must have 1 to 128 characters, none of them a brace.", "agentsocket"));
		this.rules.add(PropertyRule.time("agentsocket.security.tickets.ttl", (all) -> all.security().tickets().ttl(),
				Duration.ofSeconds(1), "30s"));
		// Each name is several time series in each registry.
		this.rules.add(PropertyRule.count("agentsocket.observation.max-action-names",
				(all) -> all.observation().maxActionNames(), 0, 10_000, "500"));
		this.rules.add(PropertyRule.of("agentsocket.audit.exclude", (all) -> all.audit().exclude(),
				(names) -> names.stream().allMatch((name) -> EXCLUDED.matcher(name).matches()),
				"Each of them is a name of an action, or the beginning of names with * behind it.",
				"as.*,health.ping"));
		this.rules.add(PropertyRule.of("agentsocket.audit.redact", (all) -> all.audit().redact(),
				(parts) -> parts.stream().allMatch((part) -> part.chars().anyMatch(Character::isLetterOrDigit)),
				"Each of them must have a letter or a digit.", "password,token"));
	}

	private void sessionTime(String name, Function<Session, Duration> value, Duration least, String example) {
		this.rules.add(PropertyRule.time(SESSION + name, (all) -> value.apply(all.session()), least, example));
	}

	private void addClient() {
		this.rules.add(new PropertyRule<>(CLIENT + "uri", (all) -> all.client().uri(), PropertyChecks::uri,
				"wss://example.com/agentsocket"));
		this.rules.add(new PropertyRule<>(CLIENT + "uris", (all) -> all.client().uris(), PropertyChecks::uris,
				"wss://a.example.com/agentsocket,wss://b.example.com/agentsocket"));
		this.rules.add(new PropertyRule<>(CLIENT + "codec", (all) -> all.client().codec(), this::codec, "cbor"));
		this.rules.add(PropertyRule.of(CLIENT + "bearer-token", (all) -> all.client().bearerToken(),
				(token) -> TOKEN.matcher(token).matches(), "It must have no spaces, and no characters beyond ASCII.",
				"k7Zq2w"));
		this.rules.add(new PropertyRule<>(CLIENT + "headers", (all) -> all.client().headers(), PropertyChecks::headers,
				"X-Tenant=acme"));
		this.rules.add(new PropertyRule<>(CLIENT + "ssl.bundle", (all) -> all.client().ssl().bundle(), this::bundle,
				"the name of a bundle below spring.ssl.bundle"));
		clientTime("connect-timeout", ClientProperties::connectTimeout, MILLISECOND, "10s");
		clientTime("max-wait", ClientProperties::maxWait, Duration.ZERO, "30s");
		clientTime("refusal-timeout", ClientProperties::refusalTimeout, Duration.ZERO, "2m");
		clientTime("close-timeout", ClientProperties::closeTimeout, MILLISECOND, "5s");
		clientTime("backoff.first", (client) -> client.backoff().first(), Duration.ZERO, "250ms");
		clientTime("backoff.base", (client) -> client.backoff().base(), Duration.ZERO, "1s");
		clientTime("backoff.cap", (client) -> client.backoff().cap(), Duration.ZERO, "30s");
		addLimits(CLIENT + LIMITS, PropertyChecks::ofClient);
	}

	private void clientTime(String name, Function<ClientProperties, Duration> value, Duration least, String example) {
		this.rules.add(PropertyRule.time(CLIENT + name, (all) -> value.apply(all.client()), least, example));
	}

	/** The bounds of the protocol for each limit by itself. */
	private void addLimits(String prefix, Function<AgentSocketProperties, Limits> limits) {
		this.rules
			.add(PropertyRule.size(prefix + "message", (all) -> limits.apply(all).message(), "8KB", "64MB", "64KB"));
		this.rules.add(PropertyRule.size(prefix + "frame", (all) -> limits.apply(all).frame(), "1KB", "16MB", "16KB"));
		this.rules.add(PropertyRule.size(prefix + "item", (all) -> limits.apply(all).item(), "1KB", "256MB", "1MB"));
		this.rules
			.add(PropertyRule.size(prefix + "assembly", (all) -> limits.apply(all).assembly(), "1KB", "2047MB", "4MB"));
		this.rules
			.add(PropertyRule.size(prefix + "window", (all) -> limits.apply(all).window(), "32KB", "1GB", "256KB"));
		this.rules.add(PropertyRule.size(prefix + "name", (all) -> limits.apply(all).name(), "16B", "1KB", "128B"));
		this.rules
			.add(PropertyRule.size(prefix + "metadata", (all) -> limits.apply(all).metadata(), "256B", "16MB", "4KB"));
		this.rules
			.add(PropertyRule.count(prefix + "streams", (all) -> limits.apply(all).streams(), 0, 1 << 20, "1024"));
		this.rules.add(PropertyRule.count(prefix + "items", (all) -> limits.apply(all).items(), 0, 1 << 20, "32"));
		this.rules
			.add(PropertyRule.count(prefix + "aliases", (all) -> limits.apply(all).aliases(), 0, 1 << 20, "1024"));
	}

	private static Limits ofClient(AgentSocketProperties properties) {
		return PropertyValues.withDepth(properties.client().limits(), properties.server().limits().depth());
	}

	/** A value that fits for each property that has a rule. */
	Map<String, String> examples() {
		return this.rules.stream().collect(Collectors.toMap(PropertyRule::property, PropertyRule::example));
	}

	/**
	 * Check all values.
	 * @param properties the properties
	 * @param written the properties as they were written
	 * @return all mistakes
	 */
	List<PropertyMistake> check(AgentSocketProperties properties, WrittenProperties written) {
		List<PropertyMistake> mistakes = new ArrayList<>();
		for (PropertyRule<?> rule : this.rules) {
			// The default codec may be missing where there is no client.
			boolean skipped = written.isUnreadable(rule.property())
					|| rule.property().equals(CLIENT + "codec") && !written.isSet(rule.property());
			String broken = skipped ? null : rule.check(properties);
			if (broken != null) {
				Object value = rule.value().of(properties);
				mistakes.add(written.mistake(rule.property(), value, broken, "Such as " + rule.example()));
			}
		}
		Set<String> wrong = mistakes.stream().map(PropertyMistake::property).collect(Collectors.toSet());
		Predicate<String> fits = (name) -> !wrong.contains(name) && !written.isUnreadable(name);
		checkLimits(SERVER + LIMITS, properties.server().limits(), fits, written, mistakes);
		checkLimits(CLIENT + LIMITS, ofClient(properties), fits, written, mistakes);
		McpRules.checkPath(properties, fits, written, mistakes);
		checkBackoff(properties.client().backoff(), fits, written, mistakes);
		checkAddresses(properties.client(), fits, written, mistakes);
		this.libraries.check(properties, fits, written, mistakes);
		new FunctionChecks(this.bundles, written, mistakes).check(properties.functions());
		checkSecrets(properties.function(), written, mistakes);
		return mistakes;
	}

	private static void checkSecrets(FunctionModeProperties function, WrittenProperties written,
			List<PropertyMistake> mistakes) {
		if (function.enabled() && function.secrets().isEmpty() && !function.unsigned()) {
			mistakes.add(written.mistake("agentsocket.function.secrets", "",
					"A function has a secret, so that it answers nobody but its relay, or "
							+ "agentsocket.function.unsigned=true where the platform lets nobody else through.",
					"Make one with: echo whsec_$(openssl rand -base64 32)"));
		}
		if (function.enabled() && !function.secrets().isEmpty() && function.unsigned()) {
			mistakes.add(written.mistake("agentsocket.function.unsigned", true,
					"There are secrets, and with this property no request is checked against them.",
					"Take one of the two properties out."));
		}
	}

	private static void checkLimits(String prefix, Limits limits, Predicate<String> fits, WrittenProperties written,
			List<PropertyMistake> mistakes) {
		for (LimitRelations.Broken broken : LimitRelations.check(prefix, limits, written::isSet, fits)) {
			mistakes.add(written.mistake(broken.property(), broken.value(), broken.rule(), broken.change()));
		}
	}

	private static void checkBackoff(ClientProperties.Backoff backoff, Predicate<String> fits,
			WrittenProperties written, List<PropertyMistake> mistakes) {
		String first = CLIENT + "backoff.first";
		String base = CLIENT + "backoff.base";
		if (fits.test(first) && fits.test(base) && written.isSet(first)
				&& backoff.base().compareTo(backoff.first()) < 0) {
			mistakes.add(written.mistake(first, backoff.first(),
					"backoff.first (" + backoff.first().toMillis() + " ms) must be at most backoff.base ("
							+ backoff.base().toMillis() + " ms).",
					"Change it, or set " + base + " to a value that fits it."));
		}
		String cap = CLIENT + "backoff.cap";
		if (fits.test(base) && fits.test(cap) && backoff.cap().compareTo(backoff.base()) < 0) {
			boolean baseIsSet = written.isSet(base) && !written.isSet(cap);
			mistakes.add(written.mistake(baseIsSet ? base : cap, baseIsSet ? backoff.base() : backoff.cap(),
					"backoff.cap (" + backoff.cap().toMillis() + " ms) must be at least backoff.base ("
							+ backoff.base().toMillis() + " ms).",
					"Change it, or set " + (baseIsSet ? cap : base) + " to a value that fits it."));
		}
	}

	private static void checkAddresses(ClientProperties client, Predicate<String> fits, WrittenProperties written,
			List<PropertyMistake> mistakes) {
		String uri = CLIENT + "uri";
		String uris = CLIENT + "uris";
		if (client.uri() == null && written.isSet(uri) && fits.test(uri)) {
			mistakes.add(written.mistake(uri, "", "It must be an address.", "Such as wss://example.com/agentsocket"));
		}
		if (client.uri() != null && !client.uris().isEmpty() && fits.test(uri) && fits.test(uris)) {
			mistakes
				.add(written.mistake(uris, client.uris(), uri + " is set, too: there is either one address or a list.",
						"Take one of the two properties out."));
		}
	}

	private static @Nullable String uri(@Nullable URI uri) {
		if (uri == null) {
			return "An address is empty.";
		}
		String problem = ServerUris.problem(uri);
		return (problem != null) ? problem + "." : null;
	}

	private static @Nullable String uris(List<URI> uris) {
		List<String> problems = uris.stream().map(PropertyChecks::uri).filter((problem) -> problem != null).toList();
		return problems.isEmpty() ? null : String.join(" ", problems);
	}

	private static @Nullable String headers(Map<String, String> headers) {
		List<String> problems = new ArrayList<>();
		headers.forEach((name, value) -> {
			if (!HEADER.matcher(name).matches()) {
				problems.add("'" + name + "' is no name of a header.");
			}
			else if (UPGRADE.matcher(name).matches()) {
				problems.add("The header '" + name + "' is set by the upgrade itself.");
			}
			else if (!HEADER_VALUE.matcher(value).matches()) {
				problems.add("The value of the header '" + name + "' has a character that no header may have.");
			}
		});
		return problems.isEmpty() ? null : String.join(" ", problems);
	}

	/** An origin without a scheme would never match. */
	private static @Nullable String origins(List<String> origins) {
		List<String> wrong = origins.stream().filter((origin) -> !ORIGIN.matcher(origin).matches()).toList();
		return wrong.isEmpty() ? null : "An origin has a scheme, a host and at most a port, and no path: write "
				+ wrong.stream().map(PropertyChecks::origin).collect(Collectors.joining(", ")) + ".";
	}

	/** The value that was probably meant. */
	private static String origin(String wrong) {
		String host = wrong.replaceFirst("^[a-zA-Z]*:?//", "").replaceFirst("/.*", "");
		String scheme = wrong.startsWith("http://") || wrong.startsWith("ws://") ? "http" : "https";
		return scheme + "://" + (host.isEmpty() ? "example.com" : host);
	}

	private @Nullable String codecs(List<String> names) {
		if (names.isEmpty()) {
			return "A server offers at least one codec.";
		}
		List<String> problems = names.stream().map(this::codec).filter((problem) -> problem != null).toList();
		return problems.isEmpty() ? null : String.join(" ", problems);
	}

	private @Nullable String bundle(String name) {
		Set<String> known = this.bundles.get();
		return known.contains(name) ? null : "There is no SSL bundle '" + name + "'" + (known.isEmpty()
				? ", and no other: spring.ssl.bundle declares them." : ", but: " + String.join(", ", known) + ".");
	}

	private @Nullable String codec(String name) {
		Set<String> known = this.codecs.get();
		return (known.isEmpty() || known.contains(name)) ? null : PropertyValues.noCodec(name, known);
	}

}
