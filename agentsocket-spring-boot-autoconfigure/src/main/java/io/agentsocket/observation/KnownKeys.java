package io.agentsocket.observation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys of actions whose names may be values of tags, made once for each name. As many
 * as there are {@link KnownNames}. Thread-safe.
 */
final class KnownKeys {

	private final KnownNames names;

	private final Map<String, Keys> keys = new ConcurrentHashMap<>();

	KnownKeys(int max) {
		this.names = new KnownNames(max);
	}

	/** The keys of an action that exists. */
	Keys learn(String action) {
		Keys known = this.keys.get(action);
		return (known != null) ? known : keys(this.names.learn(action), action);
	}

	/** The keys of an action whose invocation has failed. */
	Keys answered(String action, Throwable error) {
		return keys(this.names.answered(action, error), action);
	}

	/** The keys of an action that may not exist. */
	Keys find(String action) {
		Keys known = this.keys.get(action);
		return (known != null) ? known : keys(this.names.find(action), action);
	}

	private Keys keys(String method, String action) {
		return method.equals(action) ? this.keys.computeIfAbsent(action, (name) -> new Keys(name, name))
				: new Keys(method, action);
	}

}
