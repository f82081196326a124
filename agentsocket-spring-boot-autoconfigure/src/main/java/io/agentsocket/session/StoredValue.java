package io.agentsocket.session;

import io.agentsocket.annotation.Internal;

/**
 * The value of an attribute as it came from the store; its type is known to its reader.
 */
@Internal
@FunctionalInterface
public interface StoredValue {

	/**
	 * Decode the value.
	 * @param type type that is asked for
	 * @param <T> type that is asked for
	 * @return the value
	 * @throws IllegalArgumentException if it does not fit
	 */
	<T> T as(Class<T> type);

}
