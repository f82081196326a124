package io.agentsocket.bridge;

import io.agentsocket.action.ActionDescriptor;

/**
 * An action of a server as a tool of a chat model.
 *
 * @param toolName name by which the model calls it
 * @param action the action, with its schemas
 */
public record BridgedAction(String toolName, ActionDescriptor action) {

}
