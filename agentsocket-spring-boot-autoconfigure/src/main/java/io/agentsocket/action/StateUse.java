package io.agentsocket.action;

import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The values of the session that an action uses when it runs in a function. It belongs to
 * the handler of the action. Immutable. Implements section 11 ({@code state} and
 * {@code keys}) of {@code docs/function-protocol.md}.
 *
 * @param isWritten whether the action changes them
 * @param keys names of the attributes
 */
public record StateUse(boolean isWritten, Set<String> keys) {

	private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

	/**
	 * Create a declaration.
	 * @throws IllegalArgumentException if a key is not valid
	 */
	public StateUse {
		keys = Set.copyOf(keys);
		for (String key : keys) {
			if (!KEY.matcher(key).matches()) {
				throw new IllegalArgumentException(
						"A key of the state has 1 to 64 characters of A-Za-z0-9_.-, not '" + key + "'");
			}
		}
	}

	/**
	 * Declare the use by a handler.
	 * @param handler runs the action
	 * @return a handler to build the action with
	 */
	public ActionHandler by(ActionHandler handler) {
		return new Declared(this, handler);
	}

	/**
	 * The use that an action declares.
	 * @param action the action
	 * @return the use, or {@code null} if it declares none
	 */
	public static @Nullable StateUse of(Action action) {
		return (action.handler() instanceof Declared declared) ? declared.use() : null;
	}

	private record Declared(StateUse use, ActionHandler handler) implements ActionHandler {

		@Override
		public Publisher<?> handle(AgentExchange exchange) {
			return this.handler.handle(exchange);
		}

	}

}
