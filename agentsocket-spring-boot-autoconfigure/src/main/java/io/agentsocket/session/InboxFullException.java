package io.agentsocket.session;

/**
 * The inbox of a session takes no more until its owner has read it.
 */
public final class InboxFullException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 */
	public InboxFullException() {
		super("The inbox of the session is full", null, false, false);
	}

}
