package io.agentsocket.springai;

import reactor.core.publisher.Mono;

/**
 * Asks a person before a remote tool is called. Actions that declare {@code approval} ask
 * by themselves, at the server; this one is for what the agent's side wants to be asked.
 */
@FunctionalInterface
public interface ToolApproval {

	/**
	 * Ask about a call.
	 * @param call the call, not made yet
	 * @return {@code true} to make it; {@code false} or nothing to tell the model that it
	 * was refused
	 */
	Mono<Boolean> approve(RemoteToolCall call);

}
