package io.agentsocket.action;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A request for permission that arrived. Implements section 18 of
 * {@code docs/protocol.md}.
 *
 * @param action name of the action that wants to run
 * @param arguments its arguments
 * @param prompt what will happen, for a person
 */
public record ApprovalRequest(String action, Map<String, Object> arguments, String prompt) {

	public ApprovalRequest(String action, @Nullable Map<String, Object> arguments, String prompt) {
		this.action = action;
		this.arguments = (arguments != null) ? arguments : Map.of();
		this.prompt = prompt;
	}

}
