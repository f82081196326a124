package io.agentsocket.tool.execution;

import io.agentsocket.action.AgentExchange;
import org.jspecify.annotations.Nullable;

/**
 * The code of a tool. Thread-safe.
 */
@FunctionalInterface
public interface ToolCode {

	/**
	 * Bind the arguments and call the method.
	 * @param exchange the invocation
	 * @return the return value of the method
	 * @throws Exception the exception of the method, or that the arguments do not fit
	 */
	@Nullable Object run(AgentExchange exchange) throws Exception;

}
