package io.agentsocket.relay;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.ActionDescriptor;
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
	 * @param map its descriptor, with what the relay needs
	 * @param url where it is served unless it says otherwise
	 * @throws FunctionFailure if it cannot be offered
	 */
	static RelayedAction action(Map<String, Object> map, URI url) {
		ActionDescriptor descriptor = ActionDescriptor.from(map);
		if (!Payloads.isOwnName(descriptor.name())) {
			throw FunctionFailure.malformed("An action has a name that is none, or that is reserved");
		}
		if (descriptor.items() != null) {
			throw FunctionFailure.malformed("The action " + descriptor.name() + " takes items of the caller");
		}
		return new RelayedAction(descriptor, access(map.get("state")), keys(map.get("keys")),
				Payloads.time(map.get("timeoutMs")), url(map.get("url"), url));
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

	private static URI url(@Nullable Object value, URI url) {
		if (value == null) {
			return url;
		}
		try {
			return url.resolve(String.valueOf(value));
		}
		catch (IllegalArgumentException ex) {
			throw FunctionFailure.malformed("The url of an action is none");
		}
	}

}
