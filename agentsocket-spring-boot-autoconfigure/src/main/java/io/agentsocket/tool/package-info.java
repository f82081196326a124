/**
 * {@link io.agentsocket.annotation.AgentTool} methods become actions: found on beans,
 * checked, described by JSON Schema, and bound to their arguments once. Start with
 * {@link io.agentsocket.tool.AgentTools}. Schemas, and checks of values against them,
 * come from {@link io.agentsocket.tool.schema}; {@link io.agentsocket.tool.execution}
 * calls the methods on the right threads. Knows neither frames nor connections.
 */
@NullMarked
package io.agentsocket.tool;

import org.jspecify.annotations.NullMarked;
