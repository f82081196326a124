package io.agentsocket.tool;

import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.method.InvalidMethodsException;

/**
 * Tools are declared wrongly. Holds all mistakes of all tools, so that they can be
 * corrected in one go.
 */
public final class InvalidToolsException extends InvalidMethodsException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param problems all mistakes
	 */
	@Internal
	public InvalidToolsException(List<Problem> problems) {
		super("Tools are declared wrongly", problems);
	}

}
