package io.agentsocket.action;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ActionInterceptor} that needs no chain around the actions of this side, since
 * it only hears of their ends: that costs a tenth of a chain. Called on the event loop,
 * where it must not block.
 */
@Internal
public interface ActionRunListener {

	/**
	 * An action that ran here is over, for whatever reason.
	 * @param exchange the invocation
	 * @param thrown the exception of the action, or {@code null} when it did not fail by
	 * itself
	 * @param answered the error that the caller gets, or {@code null} for success
	 * @param nanos how long it took
	 */
	void ended(AgentExchange exchange, @Nullable Throwable thrown, @Nullable ActionException answered, long nanos);

}
