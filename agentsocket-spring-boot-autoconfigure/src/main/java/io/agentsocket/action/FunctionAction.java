package io.agentsocket.action;

import java.util.function.Function;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Expect;
import org.reactivestreams.Publisher;

/**
 * Makes an action of a function.
 */
@Internal
public final class FunctionAction {

	private FunctionAction() {
	}

	/**
	 * Make an action.
	 * @param name its name
	 * @param arguments type of the arguments as a whole; {@code Void.class} for none
	 * @param function runs it on the event loop and must not block; what it publishes
	 * first is the result
	 * @param <A> type of the arguments
	 * @return the action
	 */
	public static <A> Action named(String name, Class<A> arguments, Function<A, ? extends Publisher<?>> function) {
		Expect.present("function", function);
		Expect.present("arguments", arguments);
		return Action.named(name).handler((exchange) -> function.apply(ArgumentMisfit.read(exchange, arguments)));
	}

}
