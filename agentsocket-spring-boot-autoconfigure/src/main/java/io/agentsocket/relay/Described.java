package io.agentsocket.relay;

import java.net.URI;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.Payloads;
import org.jspecify.annotations.Nullable;

/**
 * Reads the actions that a function describes. Implements section 11 of
 * {@code docs/function-protocol.md}.
 */
final class Described {

	private Described() {
	}

	/**
	 * Read an action.
	 * @param map its descriptor, with the members that the relay needs
	 * @param settings the function: the action is served at its URL unless it says
	 * otherwise, and never at an origin that they do not allow
	 * @throws FunctionFailure if it cannot be offered
	 */
	static RelayedAction action(Map<String, Object> map, FunctionSettings settings) {
		ActionDescriptor descriptor = ActionDescriptor.from(map);
		if (!Payloads.isOwnName(descriptor.name())) {
			throw FunctionFailure.malformed("An action has a name that is none, or that is reserved");
		}
		if (descriptor.items() != null) {
			throw FunctionFailure.malformed("The action " + descriptor.name() + " takes items of the caller");
		}
		return new RelayedAction(descriptor, access(map.get("state")), keys(map.get("keys")),
				Payloads.time(map.get("timeoutMs")), url(map.get("url"), settings));
	}

	/**
	 * The members of an action, beside those of its descriptor, with which
	 * {@link #action(Map, FunctionSettings)} makes it anew, and {@code function}.
	 */
	static Map<String, Object> recipe(RelayedAction action, FunctionSettings settings) {
		Map<String, Object> recipe = new LinkedHashMap<>();
		recipe.put("function", settings.name());
		recipe.put("state", action.access().name().toLowerCase(Locale.ROOT));
		recipe.put("keys", List.copyOf(action.keys()));
		if (action.timeout() != null) {
			recipe.put("timeoutMs", action.timeout().toMillis());
		}
		if (!action.url().equals(settings.url())) {
			recipe.put("url", action.url().toString());
		}
		return recipe;
	}

	private static StateAccess access(@Nullable Object value) {
		if (value == null) {
			return StateAccess.NONE;
		}
		for (StateAccess access : StateAccess.values()) {
			if (access.name().toLowerCase(Locale.ROOT).equals(value)) {
				return access;
			}
		}
		throw FunctionFailure.malformed("state is none, read or write");
	}

	private static Set<String> keys(@Nullable Object value) {
		Set<String> keys = new HashSet<>();
		if (value instanceof List<?> list) {
			for (Object key : list) {
				if (!(key instanceof String text) || !text.matches("[A-Za-z0-9_.-]{1,64}")) {
					throw FunctionFailure.malformed("A key of the state has 1 to 64 characters of A-Za-z0-9_.-");
				}
				keys.add(text);
			}
		}
		return keys;
	}

	private static URI url(@Nullable Object value, FunctionSettings settings) {
		if (value == null) {
			return settings.url();
		}
		if (!(value instanceof String text)) {
			throw FunctionFailure.malformed("The url of an action is a text");
		}
		try {
			URI url = settings.url().resolve(text);
			requireAllowed(url, settings);
			return url;
		}
		catch (IllegalArgumentException ex) {
			throw FunctionFailure.malformed("The url of an action is none");
		}
	}

	/**
	 * An address that a function has told leads to the function itself, or to where it
	 * may.
	 */
	private static void requireAllowed(URI url, FunctionSettings settings) {
		boolean allowed = isSameOrigin(settings.url(), url)
				|| settings.upkeep().allowedUrls().stream().anyMatch((each) -> isSameOrigin(each, url));
		if (url.getUserInfo() != null || !allowed) {
			throw FunctionFailure
				.malformed("It leads to another origin than that of the function, which is not allowed");
		}
	}

	private static boolean isSameOrigin(URI one, URI other) {
		return one.getScheme() != null && one.getScheme().equalsIgnoreCase(other.getScheme()) && one.getHost() != null
				&& one.getHost().equalsIgnoreCase(other.getHost()) && port(one) == port(other);
	}

	private static int port(URI url) {
		return (url.getPort() >= 0) ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
	}

}
