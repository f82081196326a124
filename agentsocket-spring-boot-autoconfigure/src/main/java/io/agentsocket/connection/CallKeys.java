package io.agentsocket.connection;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The call keys that the other side has used in this session, the latest 1,024 of them: a
 * call that is repeated does not run twice. Implements section 27 of
 * {@code docs/protocol.md}.
 */
final class CallKeys {

	private static final int MAX = 1024;

	private @Nullable Map<String, Boolean> known;

	boolean isKnown(String key) {
		return this.known != null && this.known.containsKey(key);
	}

	void remove(String key) {
		if (this.known != null) {
			this.known.remove(key);
		}
	}

	/** Take note of a key. */
	void add(String key) {
		Map<String, Boolean> keys = this.known;
		if (keys == null) {
			keys = new LinkedHashMap<>() {

				private static final long serialVersionUID = 1L;

				@Override
				protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
					return size() > MAX;
				}

			};
			this.known = keys;
		}
		keys.put(key, Boolean.TRUE);
	}

}
