package io.agentsocket.session;

import io.agentsocket.annotation.Internal;

/**
 * The inbox of a session takes no more until its owner has read it.
 */
@Internal
public final class InboxFullException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 */
	public InboxFullException() {
		super("The inbox of the session is full", null, false, false);
	}

}
