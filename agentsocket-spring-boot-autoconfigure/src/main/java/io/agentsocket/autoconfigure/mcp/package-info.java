/**
 * Beans of the MCP endpoint, in WebFlux and in servlet applications. Begin with
 * {@link io.agentsocket.autoconfigure.mcp.AgentSocketMcpAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.mcp;

import org.jspecify.annotations.NullMarked;
