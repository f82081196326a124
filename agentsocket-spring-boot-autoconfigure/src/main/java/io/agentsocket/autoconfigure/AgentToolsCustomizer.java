package io.agentsocket.autoconfigure;

import io.agentsocket.tool.AgentTools;

/**
 * Has the last word on how tools are read. Beans of this type are called in their order,
 * after everything else is set.
 */
@FunctionalInterface
public interface AgentToolsCustomizer {

	/**
	 * Change the configuration.
	 * @param builder the configuration
	 */
	void customize(AgentTools.Builder builder);

}
