package io.agentsocket.springai;

import io.agentsocket.protocol.ActionException;

/**
 * A call of a remote tool failed. Its message is written for the model; the cause has the
 * code, the violations and the correlation id.
 */
public final class RemoteToolException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final ActionException failure;

	RemoteToolException(String message, ActionException failure) {
		super(message, failure);
		this.failure = failure;
	}

	/**
	 * How the invocation failed.
	 * @return the error that the server sent, or that the client made
	 */
	public ActionException failure() {
		return this.failure;
	}

}
