package io.agentsocket.autoconfigure;

import io.agentsocket.client.AgentSocketClientBuilder;

/**
 * Has the last word on how the client is built: tokens that expire, TLS, actions of its
 * own. Beans of this type are called in their order, after the properties are applied.
 */
@FunctionalInterface
public interface AgentSocketClientCustomizer {

	/**
	 * Change the configuration.
	 * @param builder the configuration
	 */
	void customize(AgentSocketClientBuilder builder);

}
