package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The rules for the properties of functions, whose names the application chooses.
 */
final class FunctionChecks {

	private static final String PREFIX = "agentsocket.functions.";

	private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

	private static final Pattern ACTION = Pattern.compile("(?!as\\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}");

	private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

	/**
	 * The form of Standard Webhooks: 24 to 64 bytes of base64 are 32 to 88 characters.
	 */
	private static final Pattern SECRET = Pattern
		.compile("whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?");

	/** Headers that the relay sets by itself. */
	private static final Pattern OWN_HEADER = Pattern
		.compile("(?i)content-.*|host|connection|transfer-encoding|webhook-.*|ce-.*|as-.*|traceparent|accept");

	private static final Duration LONGEST = Duration.ofHours(1);

	private final Supplier<Set<String>> bundles;

	private final WrittenProperties written;

	private final List<PropertyMistake> mistakes;

	/** Names of actions and the properties that have them. */
	private final Map<String, String> actions = new HashMap<>();

	FunctionChecks(Supplier<Set<String>> bundles, WrittenProperties written, List<PropertyMistake> mistakes) {
		this.bundles = bundles;
		this.written = written;
		this.mistakes = mistakes;
	}

	void check(Map<String, FunctionProperties> functions) {
		functions.forEach((name, function) -> {
			if (!NAME.matcher(name).matches()) {
				add(PREFIX + name, name, "The name of a function has 1 to 63 characters of a-z, 0-9 and '-'.",
						"Such as agentsocket.functions.shop");
			}
			if (function.enabled()) {
				check(PREFIX + name + ".", function);
			}
		});
	}

	static boolean isSecret(String secret) {
		return SECRET.matcher(secret).matches();
	}

	private void add(String property, @Nullable Object value, String rule, String change) {
		if (!this.written.isUnreadable(property)) {
			this.mistakes.add(this.written.mistake(property, (value != null) ? value : "", rule, change));
		}
	}

	private void check(String prefix, FunctionProperties function) {
		checkUrl(prefix + "url", function.url());
		for (URI allowed : function.allowedUrls()) {
			checkUrl(prefix + "allowed-urls", allowed);
		}
		for (String secret : function.secrets()) {
			if (!isSecret(secret)) {
				add(prefix + "secrets", "******",
						"A secret is whsec_ and base64, with padding, of 24 to 64 random bytes.",
						"Make one with: echo whsec_$(openssl rand -base64 32)");
			}
		}
		function.headers()
			.keySet()
			.stream()
			.filter((header) -> OWN_HEADER.matcher(header).matches())
			.forEach((header) -> add(prefix + "headers", header,
					"The header '" + header + "' is set by the relay itself.", "Take it out."));
		checkTimes(prefix, function);
		checkCount(prefix + "concurrency", function.concurrency(), 1, 100_000, "100");
		checkCount(prefix + "max-requests", function.maxRequests(), 1, 10, "3");
		checkCount(prefix + "min-connections", function.minConnections(), 0, 10_000, "2");
		checkCount(prefix + "instances.concurrency", function.instances().concurrency(), 0, 10_000, "1");
		checkCount(prefix + "circuit-breaker.failure-rate", function.circuitBreaker().failureRate(), 1, 100, "50");
		checkCount(prefix + "circuit-breaker.minimum-requests", function.circuitBreaker().minimumRequests(), 1, 10_000,
				"20");
		long item = function.itemLimit().toBytes();
		if (item < 1024 || item > 15 * 1024 * 1024) {
			add(prefix + "item-limit", function.itemLimit(), "It must be a size from 1KB to 15MB.", "Such as 1MB");
		}
		String bundle = function.ssl().bundle();
		if (bundle != null && !this.bundles.get().contains(bundle)) {
			add(prefix + "ssl.bundle", bundle, "There is no SSL bundle '" + bundle + "'.",
					"Such as the name of a bundle below spring.ssl.bundle");
		}
		if (function.actions().isEmpty() && !function.describe()) {
			add(prefix + "actions", "", "A function has actions, or it describes them.",
					"Add actions, or set " + prefix + "describe=true");
		}
		for (int i = 0; i < function.actions().size(); i++) {
			checkAction(prefix + "actions[" + i + "].", function.actions().get(i));
		}
	}

	private void checkTimes(String prefix, FunctionProperties function) {
		checkTime(prefix + "connect-timeout", function.connectTimeout(), "1s");
		checkTime(prefix + "first-byte-timeout", function.firstByteTimeout(), "10s");
		checkTime(prefix + "idle-timeout", function.idleTimeout(), "30s");
		checkTime(prefix + "timeout", function.timeout(), "120s");
		checkTime(prefix + "circuit-breaker.wait-time", function.circuitBreaker().waitTime(), "10s");
		checkTime(prefix + "instances.start-after", function.instances().startAfter(), "20ms");
		checkTime(prefix + "instances.idle", function.instances().idle(), "5m");
		if (function.describeInterval().compareTo(Duration.ofSeconds(10)) < 0) {
			add(prefix + "describe-interval", function.describeInterval(), "It must be at least 10s.", "Such as 5m");
		}
	}

	private void checkTime(String property, Duration time, String example) {
		if (time.toMillis() < 1 || time.compareTo(LONGEST) > 0) {
			add(property, time, "It must be a time from 1ms to 1h.", "Such as " + example);
		}
	}

	private void checkCount(String property, int count, int least, int most, String example) {
		if (count < least || count > most) {
			add(property, count, "It must be a number from " + least + " to " + most + ".", "Such as " + example);
		}
	}

	private void checkUrl(String property, @Nullable URI url) {
		boolean fits = url != null && url.getHost() != null
				&& ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
				&& url.getUserInfo() == null && url.getFragment() == null;
		if (!fits) {
			add(property, url, "It must be an address with http or https and a host, without credentials and fragment.",
					"Such as https://functions.example.com/shop");
		}
	}

	private void checkAction(String prefix, FunctionProperties.FunctionAction action) {
		String name = action.name();
		if (name == null || !ACTION.matcher(name).matches()) {
			add(prefix + "name", name,
					"An action has a name of 1 to 128 characters of A-Za-z0-9_./-, which does not begin with 'as.'.",
					"Such as cart.add");
		}
		else {
			String other = this.actions.putIfAbsent(name, prefix + "name");
			if (other != null) {
				add(prefix + "name", name, "The action " + name + " is declared at " + other + ", too.",
						"Give one of them another name.");
			}
		}
		for (String key : action.keys()) {
			if (!KEY.matcher(key).matches()) {
				add(prefix + "keys", key, "A key has 1 to 64 characters of A-Za-z0-9_.-.", "Such as cart");
			}
		}
		boolean stateful = action.state() != FunctionProperties.State.NONE;
		if (stateful == action.keys().isEmpty()) {
			add(prefix + "keys", action.keys(),
					stateful ? "An action with state names the keys that it sees."
							: "An action without state sees no keys.",
					"Set both " + prefix + "state and " + prefix + "keys");
		}
		Duration timeout = action.timeout();
		if (timeout != null) {
			checkTime(prefix + "timeout", timeout, "5s");
		}
	}

}
