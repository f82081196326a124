/**
 * The actions as tools of MCP, for callers that speak no Agent Socket: one endpoint of
 * HTTP, stateless, for the revisions with and without a handshake. Begin with
 * {@link io.agentsocket.mcp.McpEndpoint}, which answers a request, and
 * {@link io.agentsocket.mcp.McpCall}, the call of a tool. Knows nothing of web stacks,
 * whose ends are in {@code webflux} and {@code servlet}.
 */
@NullMarked
@Internal
package io.agentsocket.mcp;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
