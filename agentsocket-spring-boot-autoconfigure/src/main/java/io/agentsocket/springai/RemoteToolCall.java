package io.agentsocket.springai;

import java.util.Map;

import io.agentsocket.action.ActionDescriptor;

/**
 * A call of a remote tool, as the application is told of it.
 *
 * @param toolName name by which the model calls the tool
 * @param action the action, with its hints and schemas
 * @param arguments the arguments that are sent, not to be changed
 * @param context values that the application has put into the tool context of the prompt
 */
public record RemoteToolCall(String toolName, ActionDescriptor action, Map<String, Object> arguments,
		Map<String, Object> context) {

}
