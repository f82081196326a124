package io.agentsocket.mcp;

import io.agentsocket.server.TestWeb;

/**
 * The MCP endpoint on Netty.
 */
class McpNettyTests extends McpContract {

	McpNettyTests() {
		super(TestWeb.NETTY);
	}

}
