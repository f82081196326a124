package io.agentsocket.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names of actions that may be values of tags: the first ones up to a bound. Each is a
 * time series, or several, for as long as the process lives. Thread-safe.
 */
final class KnownNames {

	private final int max;

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	KnownNames(int max) {
		this.max = max;
	}

	/** The name of an action that exists, as the value of a tag. */
	String learn(String name) {
		// Some threads at once may each add one more: the bound is not exact.
		if (this.names.contains(name) || (this.names.size() < this.max && this.names.add(name))) {
			return name;
		}
		return this.names.contains(name) ? name : Outcome.OTHER;
	}

	/** A name as the value of a tag, if an action of that name exists. */
	String find(String name) {
		return this.names.contains(name) ? name : Outcome.OTHER;
	}

}
