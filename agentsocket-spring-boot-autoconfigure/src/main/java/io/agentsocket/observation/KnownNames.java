package io.agentsocket.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;

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

	/**
	 * The name of an action whose invocation has failed, as the value of a tag. An action
	 * of that name exists if it may have run, or if its arguments do not fit. A model
	 * makes up names, too, and a made-up name becomes no tag.
	 */
	String answered(String name, Throwable error) {
		boolean exists = error instanceof ActionException exception && exception.errorCode() != ErrorCode.NOT_FOUND
				&& (exception.hasMaybeRun() || exception.errorCode() == ErrorCode.INVALID_ARGUMENT);
		return exists ? learn(name) : find(name);
	}

	/** A name as the value of a tag, if an action of that name exists. */
	String find(String name) {
		return this.names.contains(name) ? name : Outcome.OTHER;
	}

}
