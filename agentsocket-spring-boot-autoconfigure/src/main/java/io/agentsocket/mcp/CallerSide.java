package io.agentsocket.mcp;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The way back from an action to the client that has called it.
 */
interface CallerSide {

	/**
	 * Tell how far the work has come.
	 * @param done units done
	 * @param total units in all, or {@code null}
	 * @param text the present work, or {@code null}
	 */
	void progress(double done, @Nullable Double total, @Nullable String text);

	/**
	 * Put a question to the client.
	 * @param action the action of the protocol that asks it
	 * @param arguments arguments of that action
	 * @return the answer, which comes with a later request
	 */
	Mono<Map<String, Object>> ask(String action, Map<String, Object> arguments);

}
