package io.agentsocket.action;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A request for permission that arrived. Implements section 18 of
 * {@code docs/protocol.md}.
 *
 * @param action name of the action that wants to run
 * @param arguments its arguments
 * @param prompt description of the effect, for a person
 * @param invocation the invocation of this side that permission is asked for, or
 * {@code null} when it is not known here
 * @param context Reactor context of the subscriber of that invocation: where one client
 * serves several users, it says who is to decide; empty when the invocation is not known
 */
public record ApprovalRequest(String action, Map<String, Object> arguments, String prompt,
		@Nullable Invocation invocation, ContextView context) {

	/**
	 * A request that belongs to no invocation.
	 * @param action name of the action that wants to run
	 * @param arguments its arguments, or {@code null} for none
	 * @param prompt description of the effect, for a person
	 */
	public ApprovalRequest(String action, @Nullable Map<String, Object> arguments, String prompt) {
		this(action, (arguments != null) ? arguments : Map.of(), prompt, null, Context.empty());
	}

}
