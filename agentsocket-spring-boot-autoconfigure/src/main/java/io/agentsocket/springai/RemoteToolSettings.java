package io.agentsocket.springai;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.client.AgentSocketClient;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ToolContext;

/**
 * How remote tools are called.
 *
 * @param clients client by which a call is made
 * @param timeout longest time of a call
 * @param maxResult characters of a result
 * @param approval asks a person, or is null
 * @param needsApproval actions before which a person is asked
 * @param listener sees the work of tools
 * @param contextArguments arguments that come from the tool context
 * @param returnDirect actions whose results go to the user
 */
record RemoteToolSettings(Function<ToolContext, AgentSocketClient> clients, Duration timeout, int maxResult,
		@Nullable ToolApproval approval, Predicate<ActionDescriptor> needsApproval, RemoteToolListener listener,
		List<String> contextArguments, Predicate<ActionDescriptor> returnDirect) {

	AgentSocketClient client(ToolContext context) {
		return this.clients.apply(context);
	}

}
