package io.agentsocket.action;

import io.agentsocket.annotation.Internal;
import org.reactivestreams.Publisher;

/**
 * Runs an action that keeps in the session how far it has come. When the pod in which it
 * runs dies before the caller got a part of the answer, another pod of the session goes
 * on with it, whether or not the action may run twice: the handler itself knows that, and
 * fails with LOST when it cannot go on.
 */
@Internal
public interface ResumableHandler extends ActionHandler {

	/**
	 * Go on with an invocation whose pod is gone. Called as
	 * {@link #handle(AgentExchange)} is, with an exchange whose
	 * {@linkplain AgentExchange#callNumber() number} is that of the invocation.
	 * @param exchange the invocation
	 * @return what {@link #handle(AgentExchange)} returns
	 */
	Publisher<?> resume(AgentExchange exchange);

}
