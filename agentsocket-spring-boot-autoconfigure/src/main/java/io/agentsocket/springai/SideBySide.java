package io.agentsocket.springai;

import reactor.core.publisher.Mono;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;

/**
 * A tool that can run without a thread, beside others.
 */
interface SideBySide extends ToolCallback {

	/**
	 * Call the tool. The observation in the context of the subscriber is the parent of
	 * the invocation's.
	 * @param arguments JSON text of an object
	 * @param context values that the application has put into the prompt
	 * @return the result for the model; fails with what {@link #call} throws. Cancelling
	 * interrupts the tool
	 */
	Mono<String> run(String arguments, ToolContext context);

}
