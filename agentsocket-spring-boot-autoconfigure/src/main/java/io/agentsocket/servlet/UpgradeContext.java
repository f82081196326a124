package io.agentsocket.servlet;

import jakarta.servlet.http.HttpServletRequest;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Gives the Reactor context of the invocations of a connection, as filters of WebFlux
 * would have filled it. Thread-safe.
 */
@FunctionalInterface
public interface UpgradeContext {

	/** Nothing is in the context. */
	UpgradeContext NONE = (request) -> Context.empty();

	/**
	 * The context of a connection. Called on the thread of the request, behind all
	 * filters.
	 * @param request the request that is upgraded; not to be kept
	 * @return the context
	 */
	ContextView of(HttpServletRequest request);

}
