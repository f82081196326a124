package io.agentsocket.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Root of all exceptions of the project.
 */
public abstract class AgentSocketException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	protected AgentSocketException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
