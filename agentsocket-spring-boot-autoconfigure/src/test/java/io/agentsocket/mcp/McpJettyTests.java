package io.agentsocket.mcp;

import io.agentsocket.server.TestWeb;

/**
 * The MCP endpoint on Jetty.
 */
class McpJettyTests extends McpContract {

	McpJettyTests() {
		super(TestWeb.JETTY);
	}

}
