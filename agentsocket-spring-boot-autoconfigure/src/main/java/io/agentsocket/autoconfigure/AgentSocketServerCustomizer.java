package io.agentsocket.autoconfigure;

import io.agentsocket.server.AgentSocketServerBuilder;

/**
 * Has the last word on how the server is built. Beans of this type are called in their
 * order, after the properties and the beans of the application are applied.
 */
@FunctionalInterface
public interface AgentSocketServerCustomizer {

	/**
	 * Change the configuration.
	 * @param builder the configuration
	 */
	void customize(AgentSocketServerBuilder builder);

}
