package io.agentsocket.action;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.declared.Strictness;

/**
 * The checks of what a caller sends to an action. They are up to its handler, which reads
 * everything into types that the schemas were made of, or up to the schemas.
 *
 * @param arguments whether the arguments have to be checked before the handler is called;
 * {@code false} when the handler does it, or there is nothing to check
 * @param byHandler whether the handler reads the arguments before anything else, and
 * refuses those that cannot be decoded or do not satisfy the schema; {@code false} when
 * it may never look at them
 * @param items whether each item has to be checked before the handler gets it
 */
@Internal
public record InputCheck(boolean arguments, boolean byHandler, boolean items) {

	/**
	 * How exactly the items of a caller must fit the type that they are read into.
	 * @return {@code CLOSED} when their schema was made of the type
	 */
	public Strictness itemStrictness() {
		return this.byHandler ? Strictness.CLOSED : Strictness.REQUIRED;
	}

}
