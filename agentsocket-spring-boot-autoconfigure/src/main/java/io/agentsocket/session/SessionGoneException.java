package io.agentsocket.session;

import io.agentsocket.annotation.Internal;

/**
 * The store has no such session: it has ended, or its time is over. To ask again is in
 * vain.
 */
@Internal
public final class SessionGoneException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param id id of the session
	 */
	public SessionGoneException(String id) {
		super("There is no session " + id);
	}

}
