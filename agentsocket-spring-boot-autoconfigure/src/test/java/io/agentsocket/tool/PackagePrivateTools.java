package io.agentsocket.tool;

import io.agentsocket.annotation.AgentTool;

/**
 * Has a tool that subclasses in other packages, and so their proxies, do not see.
 */
public class PackagePrivateTools {

	private final String[] found = { "found" };

	@AgentTool(description = "Finds something")
	String find() {
		return this.found[0];
	}

}
