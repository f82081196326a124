package io.agentsocket.mcp;

import io.agentsocket.server.TestWeb;

/**
 * The MCP endpoint on Tomcat.
 */
class McpTomcatTests extends McpContract {

	McpTomcatTests() {
		super(TestWeb.TOMCAT);
	}

}
