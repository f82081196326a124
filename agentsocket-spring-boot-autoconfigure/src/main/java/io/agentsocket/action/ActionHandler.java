package io.agentsocket.action;

import org.reactivestreams.Publisher;

/**
 * Runs an action.
 */
@FunctionalInterface
public interface ActionHandler {

	/**
	 * Run the action once. Called on the event loop and must not block it; the returned
	 * publisher is subscribed to once, requested from as the caller grants credit, and
	 * cancelled by INTERRUPT, the deadline and the end of the session.
	 * @param exchange the invocation
	 * @return a publisher of results of the kind {@link Action#result()}; an
	 * {@link io.agentsocket.protocol.ActionException} chooses the ERROR that the caller
	 * sees, any other error becomes INTERNAL with a correlation id
	 */
	Publisher<?> handle(AgentExchange exchange);

}
