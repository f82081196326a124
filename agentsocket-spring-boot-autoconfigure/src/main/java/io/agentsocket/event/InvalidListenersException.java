package io.agentsocket.event;

import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.method.InvalidMethodsException;

/**
 * Listeners are declared wrongly. Holds all mistakes of all listeners, so that they can
 * be corrected in one go.
 */
public final class InvalidListenersException extends InvalidMethodsException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param problems all mistakes
	 */
	@Internal
	public InvalidListenersException(List<Problem> problems) {
		super("Listeners of events (@AgentEvent) are declared wrongly", problems);
	}

}
